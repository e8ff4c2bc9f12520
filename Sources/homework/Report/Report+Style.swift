extension Report {
  /// Dark and light after the reader's system. Figures stand on white cards in both.
  static let style = """
    :root {
      --ink: #1d1f23; --soft: #5c6370; --paper: #ffffff; --card: #f4f5f7; --line: #d9dce1;
      --link: #0057a8; --good: #00694a; --bad: #b3261e;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ink: #e4e6ea; --soft: #9aa2af; --paper: #14161a; --card: #1e2127; --line: #343942;
        --link: #7cb8ff; --good: #5fd0a5; --bad: #ff8a80;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0 auto; padding: 1rem; max-width: 56rem; background: var(--paper); color: var(--ink);
      font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word;
    }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: 1rem 0 .5rem; }
    h2 { font-size: 1.2rem; line-height: 1.35; margin: 0 0 .5rem; }
    h2 code, p code, li code { background: var(--card); border-radius: .3rem; padding: .1rem .3rem; }
    h2 code { white-space: nowrap; }
    h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
    header p, .facts { color: var(--soft); font-size: .9rem; }
    a { color: var(--link); }
    section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.5rem; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; vertical-align: top; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); }
    th { color: var(--soft); font-weight: 600; white-space: nowrap; }
    .number { white-space: nowrap; }
    @media (min-width: 40rem) { .name { white-space: nowrap; } }
    @media (max-width: 40rem) { .contents :is(th, td):nth-child(3) { display: none; } th, td { padding-right: .7rem; } }
    .good { color: var(--good); }
    .bad { color: var(--bad); font-weight: 700; }
    .plain { color: var(--soft); }
    pre {
      background: var(--card); border-radius: .4rem; padding: .6rem .8rem; overflow-x: auto; margin: .5rem 0;
      font: .8rem/1.4 ui-monospace, monospace;
    }
    .notes { padding-left: 1.2rem; }
    figure { margin: 1.25rem 0; }
    figure a { display: block; background: #ffffff; border: 1px solid var(--line); border-radius: .4rem; padding: .5rem; }
    img { display: block; margin: 0 auto; max-width: 100%; height: auto; }
    figcaption { color: var(--soft); font-size: .9rem; margin-top: .4rem; }
    summary { cursor: pointer; color: var(--link); margin-top: 1rem; }
    @media print {
      body { max-width: none; padding: 0; font-size: 10pt; }
      pre { white-space: pre-wrap; }
      figure, tr { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      .wide { overflow: visible; }
      a { color: inherit; text-decoration: none; }
    }
    """
}
