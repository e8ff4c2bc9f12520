import Foundation

/// The page that `--report DIR` writes: `DIR/index.html`, with a section for each exercise. Its figures lie beside it, in a
/// folder for each exercise; it needs nothing else, neither scripts nor a network.
struct Report {
  let records: [Record]
  let date: Date

  /// Writes `index.html`, whole or not at all.
  func write(to folder: URL) throws {
    do { try Data(html.utf8).write(to: folder.appendingPathComponent("index.html"), options: .atomic) } catch {
      throw FolderError(folder: folder.relativePath)
    }
  }

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Neural: course exercises</title>
    <link rel="icon" href="data:,">
    <style>
    \(Report.style)
    </style>
    </head>
    <body>
    <header>
    <h1>Course exercises, reproduced with Neural</h1>
    <p>\(summary)</p>
    </header>
    <main>
    <nav aria-label="Exercises">
    \(contents)
    </nav>
    \(records.map(section).joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  private var summary: String {
    let failed = records.filter { !$0.isOK }.count
    let verdict = failed == 0 ? "all as expected" : "\(failed) not as expected"
    let seconds = records.map(\.seconds).reduce(0, +)
    return [
      "\(records.count) \(records.count == 1 ? "exercise" : "exercises"), \(verdict)", seconds.duration,
      records.first.map { "\($0.machine)" } ?? "", stamp,
    ].map(\.htmlEscaped).joined(separator: " · ")
      + (records.contains(where: \.isQuick) ? "<br>\(Record.quickNote.htmlEscaped)" : "")
  }

  private var stamp: String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "d MMMM yyyy, HH:mm 'UTC'"
    return format.string(from: date)
  }

  /// A line for each exercise, which leads to its section.
  private var contents: String {
    let rows = records.map { record in
      """
      <tr><td class="name"><a href="#\(record.id)">\("\(record.course) \(record.exercise)".htmlEscaped)</a></td>\
      <td>\(record.title.htmlMarkup)</td><td class="number">\(record.holding)</td>\
      <td class="number">\(record.seconds.duration)</td>\(mark(record.isOK ? .good : .bad, record.isOK ? "yes" : "NO"))</tr>
      """
    }
    let header = ["exercise", "what it does", "rows that hold", "time", "ok"]
    return scrolled(
      "<table class=\"contents\">\(head(header))"
        + "<tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table>")
  }

  private func section(_ record: Record) -> String {
    var parts = [
      "<h2><code>\("\(record.course) \(record.exercise)".htmlEscaped)</code> \(record.title.htmlMarkup.trimmingFullStop)</h2>"
    ]
    if !record.discussion.isEmpty { parts.append("<p>\(record.discussion.htmlMarkup)</p>") }
    parts.append("<pre class=\"command\"><code>\(record.command.htmlEscaped)</code></pre>")
    let facts =
      record.data.map { "data: \($0)" } + ["seed \(record.seed)", record.seconds.duration, "\(record.machine)"]
    parts.append("<p class=\"facts\">\(facts.map(\.htmlEscaped).joined(separator: " · "))</p>")
    if let error = record.error { parts.append("<p class=\"bad\">error: \(error.htmlEscaped)</p>") }
    if !record.results.isEmpty { parts.append(results(record.results)) }
    if !record.notes.isEmpty {
      parts.append("<ul class=\"notes\">\(record.notes.map { "<li>\($0.htmlMarkup)</li>" }.joined())</ul>")
    }
    parts += record.blocks.filter(\.isFigure).map { block($0, record) }
    let others = record.blocks.filter { !$0.isFigure }.map { block($0, record) }
    if !others.isEmpty {
      parts.append("<details>\n<summary>What it printed</summary>\n\(others.joined(separator: "\n"))\n</details>")
    }
    return "<section id=\"\(record.id)\">\n\(parts.joined(separator: "\n"))\n</section>"
  }

  private func results(_ rows: [ResultRow]) -> String {
    let body = rows.map { row in
      let kind: Mark =
        switch row.verdict {
        case .holds: .good
        case .fails: .bad
        case .differs, .unjudged, .shown: .plain
        }
      return "<tr>\(row.cells.prefix(3).map(cell).joined())\(mark(kind, row.ok))</tr>"
    }
    return scrolled("<table>\(head(ResultRow.header))<tbody>\n\(body.joined(separator: "\n"))\n</tbody></table>")
  }

  private func block(_ block: Block, _ record: Record) -> String {
    func titled(_ title: String?, _ body: String) -> String {
      (title.map { "<h3>\($0.trimmingCharacters(in: .whitespaces).htmlEscaped)</h3>\n" } ?? "") + body
    }
    switch block {
    case .text(let text): return "<p>\(text.htmlMarkup)</p>"
    case .code(let title, let lines): return titled(title, "<pre>\(lines.htmlEscaped)</pre>")
    case .table(let title, let table):
      let rows = table.rows.map { "<tr>\($0.map(cell).joined())</tr>" }
      return titled(
        title, scrolled("<table>\(head(table.header))<tbody>\(rows.joined(separator: "\n"))</tbody></table>"))
    case .figure(let name, let caption):
      let file = "\(record.id)/\(name)"
      return """
        <figure><a href="\(file).png"><img src="\(file).svg" alt="\(caption.htmlEscaped)"></a>\
        <figcaption>\(caption.htmlEscaped)</figcaption></figure>
        """
    }
  }

  private enum Mark: String { case good, bad, plain }

  /// Numbers and other short texts stay on one line.
  private func cell(_ text: String) -> String {
    "<td\(text.count <= 12 ? " class=\"number\"" : "")>\(text.htmlEscaped)</td>"
  }

  private func mark(_ mark: Mark, _ text: String) -> String { "<td class=\"\(mark)\">\(text.htmlEscaped)</td>" }

  private func head(_ names: [String]) -> String {
    "<thead><tr>\(names.map { "<th scope=\"col\">\($0.htmlEscaped)</th>" }.joined())</tr></thead>"
  }

  /// A table wider than the screen moves by itself, not the page.
  private func scrolled(_ table: String) -> String { "<div class=\"wide\" tabindex=\"0\">\(table)</div>" }
}

extension String {
  fileprivate var htmlEscaped: String {
    replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }

  /// Escaped, with what stands between backticks as code.
  fileprivate var htmlMarkup: String {
    htmlEscaped.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
      index % 2 == 0 ? String(part) : "<code>\(part)</code>"
    }.joined()
  }

  fileprivate var trimmingFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}

extension Double {
  /// Seconds as `0.3 s`, `42 s` or `3 min 20 s`.
  var duration: String {
    if self < 10 { return "\(fixed(1)) s" }
    let whole = Int(rounded())
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}
