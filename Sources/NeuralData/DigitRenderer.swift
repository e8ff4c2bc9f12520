/// Draws one digit after another in a varied hand, on 28×28 pixels.
///
/// Only additions, multiplications, divisions and square roots are used, which IEEE 754 defines to the last
/// bit: a key gives the same pixels on every machine.
struct DigitRenderer: ~Copyable {
  /// Pixels along each side of an image.
  static let size = 28

  /// Straight pieces that a curve between two knots is drawn with.
  private static let piecesPerCurve = 5

  /// For each pixel how far outside the ink it is, in pixels; negative inside.
  private let distance = UnsafeMutableBufferPointer<Float>.allocate(capacity: size * size)

  deinit { distance.deallocate() }

  /// Draws `shape` into `pixels`, which holds 28×28 bytes; all variation comes from `random`.
  func draw(
    _ shape: DigitShape, with random: inout SplitMix64, into pixels: UnsafeMutableBufferPointer<UInt8>
  ) {
    let hand = Handwriting(&random)
    distance.update(repeating: .greatestFiniteMagnitude)
    for stroke in shape.strokes { draw(stroke, hand, &random) }
    for index in distance.indices {
      // The pen's edge is soft: full ink `softness` inside, none `softness` outside, a smooth step between.
      let t = max(0, min(1, 0.5 - distance[index] / (2 * hand.softness)))
      let ink = t * t * (3 - 2 * t) * hand.contrast + random.normal() * hand.noise
      pixels[index] = UInt8(max(0, min(255, ink * 255 + 0.5)))
    }
  }

  /// A cubic Hermite curve from knot to knot; the tangent at a knot is parallel to the line between its
  /// neighbours.
  private func draw(_ stroke: DigitShape.Stroke, _ hand: Handwriting, _ random: inout SplitMix64) {
    let knots = stroke.knots.map { hand.displaced($0, &random) }
    let last = knots.count - 1
    let radii = (hand.radius(&random), hand.radius(&random))
    var from = hand.place(knots[0])
    for k in 0..<last {
      let (a, b) = (knots[k], knots[k + 1])
      let tangentA = k == 0 || stroke.isCorner[k] ? b - a : (b - knots[k - 1]) * 0.5
      let tangentB = k + 1 == last || stroke.isCorner[k + 1] ? b - a : (knots[k + 2] - a) * 0.5
      for piece in 1...Self.piecesPerCurve {
        let t = Float(piece) / Float(Self.piecesPerCurve)
        let (s, u) = (1 - t, t * t)
        let curveA = a * ((1 + 2 * t) * s * s) + tangentA * (t * s * s)
        let curveB = b * (u * (3 - 2 * t)) - tangentB * (u * s)
        let to = hand.place(curveA + curveB)
        let along = (Float(k) + t) / Float(last)
        line(from, to, radius: radii.0 + (radii.1 - radii.0) * along, softness: hand.softness)
        from = to
      }
    }
  }

  /// Brings the pixels around the line from `a` to `b` up to date.
  private func line(_ a: SIMD2<Float>, _ b: SIMD2<Float>, radius: Float, softness: Float) {
    let reach = radius + softness
    let limit = Float(Self.size - 1)
    let low = (pointwiseMin(a, b) - reach).clamped(
      lowerBound: .zero, upperBound: .init(repeating: limit + 1))
    let high = (pointwiseMax(a, b) + reach).clamped(
      lowerBound: .init(repeating: -1), upperBound: .init(repeating: limit))
    let (left, top) = (Int(low.x.rounded(.up)), Int(low.y.rounded(.up)))
    let (right, bottom) = (Int(high.x.rounded(.down)), Int(high.y.rounded(.down)))
    guard left <= right, top <= bottom else { return }

    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let scale = 1 / max(dx * dx + dy * dy, 1e-12)
    for y in top...bottom {
      for x in left...right {
        let (px, py) = (Float(x) - a.x, Float(y) - a.y)
        let t = max(0, min(1, (px * dx + py * dy) * scale))
        let (ex, ey) = (px - t * dx, py - t * dy)
        let outside = (ex * ex + ey * ey).squareRoot() - radius
        let index = y * Self.size + x
        if outside < distance[index] { distance[index] = outside }
      }
    }
  }
}
