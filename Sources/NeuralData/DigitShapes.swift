/// A way to write a digit: the path of the pen, stroke by stroke.
///
/// Each stroke runs smoothly through its knots, except at the corners. Coordinates are percentages of the
/// digit's height, x to the right and y down; (50, 50) is its centre.
struct DigitShape: Sendable {
  struct Stroke: Sendable {
    let knots: [SIMD2<Float>]
    /// Whether the pen turns abruptly at each knot.
    let isCorner: [Bool]

    /// - Parameters:
    ///   - coordinates: x and y of each knot in turn.
    ///   - corners: which knots are corners, counted from 0; both ends are anyway.
    init(_ coordinates: [Float], corners: [Int] = []) {
      knots = stride(from: 0, to: coordinates.count - 1, by: 2).map {
        [coordinates[$0], coordinates[$0 + 1]]
      }
      isCorner = knots.indices.map { corners.contains($0) }
    }
  }

  let strokes: [Stroke]

  init(_ strokes: Stroke...) { self.strokes = strokes }
}

extension DigitShape {
  /// For each digit the ways in which people write it.
  static let all: [[DigitShape]] = [
    [  // 0: an oval, closed at the top or with crossing ends
      DigitShape(.init([56, 3, 28, 12, 15, 48, 26, 86, 50, 98, 76, 84, 86, 48, 74, 12, 50, 2])),
      DigitShape(.init([62, 8, 38, 6, 20, 36, 20, 76, 44, 98, 70, 82, 80, 44, 66, 10, 44, 4])),
    ],
    [  // 1: a bar; with a flag; with a flag and a foot
      DigitShape(.init([51, 2, 50, 50, 49, 98])),
      DigitShape(.init([28, 26, 42, 16, 54, 2, 52, 50, 51, 98], corners: [2])),
      DigitShape(.init([30, 22, 52, 2, 51, 50, 50, 97], corners: [1]), .init([26, 97, 76, 97])),
    ],
    [  // 2: an angle at the bottom, or a loop
      DigitShape(
        .init([16, 24, 32, 6, 56, 2, 77, 16, 76, 38, 50, 68, 15, 96, 48, 95, 86, 96], corners: [6])),
      DigitShape(
        .init([18, 20, 40, 3, 68, 8, 75, 32, 56, 64, 30, 92, 14, 88, 24, 76, 48, 86, 68, 95, 90, 88])),
    ],
    [  // 3: two bows, or a flat top
      DigitShape(
        .init([18, 14, 44, 2, 73, 12, 70, 34, 42, 47, 74, 56, 84, 78, 56, 98, 14, 88], corners: [4])),
      DigitShape(.init([18, 4, 48, 4, 78, 4, 44, 40, 74, 52, 82, 76, 54, 98, 14, 90], corners: [2, 3])),
    ],
    [  // 4: open, closed, or open with a round left side
      DigitShape(
        .init([28, 4, 24, 32, 14, 60, 50, 59, 90, 58], corners: [2]), .init([68, 18, 66, 58, 63, 98])),
      DigitShape(.init([62, 98, 64, 50, 66, 2, 40, 34, 12, 66, 50, 66, 92, 65], corners: [2, 4])),
      DigitShape(.init([20, 4, 16, 36, 30, 54, 74, 48]), .init([77, 3, 73, 50, 66, 98])),
    ],
    [  // 5: in one stroke, or the top bar apart
      DigitShape(.init([78, 4, 52, 4, 28, 5, 22, 44, 52, 38, 82, 60, 66, 92, 14, 94], corners: [2, 3])),
      DigitShape(
        .init([30, 5, 25, 46, 56, 42, 80, 66, 62, 94, 16, 92], corners: [1]), .init([29, 5, 56, 4, 84, 2])),
    ],
    [  // 6: a wide bow, or a straighter back
      DigitShape(.init([70, 4, 36, 24, 17, 62, 32, 94, 64, 95, 80, 74, 62, 55, 34, 60, 19, 80])),
      DigitShape(.init([58, 2, 30, 36, 18, 74, 40, 98, 72, 86, 72, 62, 48, 55, 20, 72])),
    ],
    [  // 7: plain; with a crossbar; with a serif
      DigitShape(.init([12, 6, 48, 6, 84, 6, 58, 48, 42, 98], corners: [2])),
      DigitShape(.init([12, 6, 48, 5, 84, 6, 58, 48, 40, 98], corners: [2]), .init([32, 51, 80, 49])),
      DigitShape(.init([14, 24, 17, 7, 50, 6, 84, 5, 64, 50, 50, 98], corners: [1, 3])),
    ],
    [  // 8: in one crossing stroke, or two ovals
      DigitShape(
        .init([
          74, 14, 50, 2, 25, 14, 36, 40, 68, 58, 80, 80, 52, 98, 21, 82, 34, 56, 66, 38, 78, 18, 60, 3,
        ])),
      DigitShape(
        .init([50, 2, 27, 14, 30, 38, 50, 48, 71, 38, 74, 14, 50, 2]),
        .init([50, 48, 22, 62, 22, 88, 50, 98, 79, 88, 80, 62, 50, 48])),
    ],
    [  // 9: a straight tail, or a curved one
      DigitShape(.init([78, 16, 50, 2, 21, 22, 30, 48, 60, 45, 78, 16, 76, 58, 68, 98], corners: [5])),
      DigitShape(
        .init([75, 18, 46, 3, 19, 26, 34, 52, 66, 42, 77, 14, 80, 58, 62, 94, 24, 92], corners: [5])),
    ],
  ]
}
