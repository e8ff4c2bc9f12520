/// The document that `--json` prints.
extension Record: Encodable {
  private enum Key: String, CodingKey {
    case course, exercise, title, command, seed, quick, data, machine, content, results, notes, files, seconds, ok,
      error
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(course, forKey: .course)
    try fields.encode(exercise, forKey: .exercise)
    try fields.encode(title, forKey: .title)
    try fields.encode(command, forKey: .command)
    try fields.encode(seed, forKey: .seed)
    try fields.encode(isQuick, forKey: .quick)
    try fields.encode(data, forKey: .data)
    try fields.encode(machine, forKey: .machine)
    try fields.encode(blocks, forKey: .content)
    try fields.encode(results, forKey: .results)
    try fields.encode(notes, forKey: .notes)
    try fields.encode(files, forKey: .files)
    try fields.encode(seconds, forKey: .seconds)
    try fields.encode(isOK, forKey: .ok)
    try fields.encodeIfPresent(error, forKey: .error)
  }
}

extension ResultRow: Encodable {
  private enum Key: String, CodingKey { case quantity, expected, ours, ok }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(quantity, forKey: .quantity)
    try fields.encode(expected, forKey: .expected)
    try fields.encode(ours, forKey: .ours)
    try fields.encode(ok, forKey: .ok)
  }
}

extension Block: Encodable {
  private enum Key: String, CodingKey { case text, code, title, header, rows, figure, caption }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    switch self {
    case .text(let text): try fields.encode(text, forKey: .text)
    case .code(let title, let lines):
      try fields.encodeIfPresent(title, forKey: .title)
      try fields.encode(lines, forKey: .code)
    case .table(let title, let table):
      try fields.encodeIfPresent(title, forKey: .title)
      try fields.encode(table.header, forKey: .header)
      try fields.encode(table.rows, forKey: .rows)
    case .figure(let name, let caption):
      try fields.encode(name, forKey: .figure)
      try fields.encode(caption, forKey: .caption)
    }
  }
}
