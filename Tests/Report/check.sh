#!/bin/sh
# Loads a report in headless Chromium at phone and desktop width, light and dark: every image is there, nothing is wider
# than the screen, the console is silent. Leaves a screenshot of each in SCREENSHOTS, if that is set.
#
#   Tests/Report/check.sh [DIR]     DIR holds index.html; without it, a quick report of ece285 is made and checked
set -eu
cd "$(dirname "$0")/../.."
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "report: skipped, there is no Chromium (Debian: apt-get install chromium)"
  exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ $# = 0 ]; then
  .build/release/homework ece285 --quick --report "$work/report" --out "$work/out" >/dev/null
else
  cp -r "$1" "$work/report"
fi

# The page has no scripts of its own: one that frames it looks at it, with everything unfolded.
for width in 390 1280; do
  cat >"$work/report/probe-$width.html" <<PROBE
<!DOCTYPE html><title>probe</title>
<iframe src="index.html" style="width:${width}px;height:800px;border:0"></iframe><p></p>
<script>
  const frame = document.querySelector("iframe")
  frame.onload = () => {
    const page = frame.contentDocument
    page.querySelectorAll("details").forEach(details => details.open = true)
    const broken = [...page.images].filter(image => !image.complete || image.naturalWidth === 0)
    const overflow = page.documentElement.scrollWidth - page.documentElement.clientWidth
    document.querySelector("p").textContent = "PROBE " + page.querySelectorAll("section").length + " sections, "
      + broken.length + " broken images, " + overflow + " points too wide" + broken.map(image => " " + image.src)
  }
</script>
PROBE
done

# --virtual-time-budget: waits for what loads, not for the clock.
chromium() {
  "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --no-first-run \
    --user-data-dir="$work/profile" --virtual-time-budget=5000 --allow-file-access-from-files \
    --enable-logging=stderr --log-level=0 "$@" 2>>"$work/log"
}

checks=0
for width in 390 1280; do
  for scheme in light dark; do
    dark=$([ $scheme = dark ] && echo 0 || echo 1)
    found=$(chromium --blink-settings=preferredColorScheme="$dark" --dump-dom "file://$work/report/probe-$width.html" |
      grep -o 'PROBE [0-9].*too wide[^<]*') || { echo "report: not loaded at $width, $scheme" >&2; exit 1; }
    case $found in
      "PROBE "[1-9]*" sections, 0 broken images, 0 points too wide") ;;
      *) echo "report: $width, $scheme: $found" >&2; exit 1 ;;
    esac
    checks=$((checks + 1))
    [ -z "${SCREENSHOTS:-}" ] || chromium --blink-settings=preferredColorScheme="$dark" --window-size="$width,6000" \
      --screenshot="$SCREENSHOTS/$width-$scheme.png" "file://$work/report/index.html"
  done
done
if grep -E 'CONSOLE|Failed to load' "$work/log" >&2; then echo "report: the console is not silent" >&2; exit 1; fi
echo "report: $checks passed, 0 failed"
