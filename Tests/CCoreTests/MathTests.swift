import CCore
import Foundation
import Testing

@Suite("Elementary functions") struct MathTests {
  private func apply(_ operation: cc_unary_op, _ x: [Float]) -> [Float] {
    let input = GuardedBuffer(x), output = GuardedBuffer(x.count)
    #expect(cc_unary(operation, CC_FLOAT32, x.count, input.pointer, output.pointer) == CC_OK)
    #expect(output.isIntact)
    return output.array
  }

  /// Values of every exponent and both signs, dense near 0 and 1.
  private var samples: [Float] {
    var generator = SplitMix(1)
    let patterns = stride(from: 0, through: Int(UInt32.max), by: 9973).map { Float(bitPattern: UInt32($0)) }
    return patterns.filter(\.isFinite) + generator.reals(200_000, -100...100) + generator.reals(100_000, -2...2)
  }

  @Test("exp, log, tanh, sigmoid, erf, expm1 and square root are within 4 ULP (tanh, expm1: 6) for normal results")
  func accuracy() {
    let cases: [(String, cc_unary_op, (Double) -> Double)] = [
      ("exp", CC_EXP, Foundation.exp), ("log", CC_LOG, Foundation.log), ("tanh", CC_TANH, Foundation.tanh),
      ("sigmoid", CC_SIGMOID, { 1 / (1 + Foundation.exp(-$0)) }), ("sqrt", CC_SQUARE_ROOT, { $0.squareRoot() }),
      ("reciprocal", CC_RECIPROCAL, { 1 / $0 }), ("erf", CC_ERF, Foundation.erf), ("expm1", CC_EXPM1, Foundation.expm1),
    ]
    let x = samples
    for (name, operation, function) in cases {
      var worst = 0.0, place: Float = 0
      for (x, y) in zip(x, apply(operation, x)) where x.isNormal {
        let exact = function(Double(x)), rounded = Float(exact)
        if exact.isNaN {
          #expect(y.isNaN, "\(name)(\(x)) = \(y)")
        } else if !rounded.isFinite {
          #expect(y == rounded, "\(name)(\(x)) = \(y)")
        } else if rounded.isNormal {
          let error = abs(Double(y) - exact) / Double(rounded.ulp)
          if !(error <= worst) { (worst, place) = (error.isNaN ? .infinity : error, x) }
        } else {
          #expect(abs(y) <= Float.leastNormalMagnitude, "\(name)(\(x)) = \(y)")
        }
      }
      #expect(worst <= (operation == CC_TANH || operation == CC_EXPM1 ? 6 : 4), "\(name): \(worst) ULP at \(place)")
    }
  }

  @Test("special values")
  func special() {
    let x: [Float] = [0, -0.0, .infinity, -.infinity, .nan, -1]
    let exp = apply(CC_EXP, x), log = apply(CC_LOG, x), tanh = apply(CC_TANH, x), sigmoid = apply(CC_SIGMOID, x)
    #expect(exp[0] == 1 && exp[1] == 1 && exp[2] == .infinity && exp[3] == 0 && exp[4].isNaN)
    #expect(
      log[0] == -.infinity && log[1] == -.infinity && log[2] == .infinity && log[3].isNaN && log[4].isNaN
        && log[5].isNaN)
    #expect(tanh[0] == 0 && tanh[1].sign == .minus && tanh[2] == 1 && tanh[3] == -1 && tanh[4].isNaN)
    #expect(sigmoid[0] == 0.5 && sigmoid[2] == 1 && sigmoid[3] == 0 && sigmoid[4].isNaN)
    let relu = apply(CC_RELU, [-1, 0, 2, .nan])
    #expect(relu[0] == 0 && relu[1] == 0 && relu[2] == 2 && relu[3].isNaN)
  }

  @Test("the bits of a result do not depend on its place in the array")
  func places() {
    var generator = SplitMix(3)
    let x = generator.reals(40_001, -20...20)
    for operation in [CC_EXP, CC_LOG, CC_TANH, CC_SIGMOID] {
      let whole = apply(operation, x)
      for start in [1, 7, 16, 33] {
        let part = apply(operation, Array(x[start..<start + 50]))
        #expect(zip(part, whole[start...]).allSatisfy { $0.bitPattern == $1.bitPattern }, "\(operation) from \(start)")
      }
    }
  }
}

@Suite("Random numbers") struct RandomTests {
  @Test("Philox equals the published vectors")
  func knownAnswers() {
    let cases: [([UInt32], [UInt32], [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [.max, .max, .max, .max], [.max, .max], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    for (counter, key, expected) in cases {
      var result = [UInt32](repeating: 0, count: 4)
      cc_philox(counter, key, &result)
      #expect(result == expected)
    }
  }

  @Test("an element depends on its position alone, not on where a draw starts or ends, nor on threads")
  func positions() {
    func draw(_ position: UInt64, _ count: Int) -> ([Float], [Float], [UInt32]) {
      let random = cc_random(key: 42, stream: 7, position: position)
      var u = [Float](repeating: 0, count: count), n = u
      var bits = [UInt32](repeating: 0, count: count)
      #expect(cc_random_uniform(CC_FLOAT32, random, count, 0, 1, &u) == CC_OK)
      #expect(cc_random_normal(CC_FLOAT32, random, count, 0, 1, &n) == CC_OK)
      #expect(cc_random_bits(random, count, &bits) == CC_OK)
      return (u, n, bits)
    }
    let whole = draw(0, 100_000)
    withThreadCounts([1, 3]) { _ in
      for (start, count) in [(0, 1), (1, 17), (5, 100), (16, 64), (99, 50_001), (16_383, 3)] {
        let part = draw(UInt64(start), count)
        #expect(part.0 == Array(whole.0[start..<start + count]), "uniform from \(start)")
        #expect(part.1 == Array(whole.1[start..<start + count]), "normal from \(start)")
        #expect(part.2 == Array(whole.2[start..<start + count]), "bits from \(start)")
      }
    }
  }

  @Test("moments of uniform and normal numbers, and the rate of dropout")
  func moments() {
    let random = cc_random(key: 1, stream: 0, position: 0)
    let count = 1_000_000
    for dtype in [CC_FLOAT32, CC_FLOAT64] {
      func draw(_ fill: (UnsafeMutableRawPointer) -> cc_status) -> [Double] {
        if dtype == CC_FLOAT64 {
          var y = [Double](repeating: .nan, count: count)
          #expect(fill(&y) == CC_OK)
          return y
        }
        var y = [Float](repeating: .nan, count: count)
        #expect(fill(&y) == CC_OK)
        return y.map(Double.init)
      }
      func moments(_ y: [Double]) -> (mean: Double, deviation: Double) {
        let mean = y.reduce(0, +) / Double(count)
        return (mean, (y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot())
      }
      let uniform = draw { cc_random_uniform(dtype, random, count, -1, 3, $0) }
      #expect(uniform.allSatisfy { $0 >= -1 && $0 < 3 })
      #expect(abs(moments(uniform).mean - 1) < 0.01 && abs(moments(uniform).deviation - 4 / 12.0.squareRoot()) < 0.01)
      let normal = draw { cc_random_normal(dtype, random, count, 2, 0.5, $0) }
      #expect(abs(moments(normal).mean - 2) < 0.005 && abs(moments(normal).deviation - 0.5) < 0.005)
      // 4.75 standard deviations of the fraction beyond 2σ, 4.55 %.
      let beyond = Double(normal.filter { abs($0 - 2) > 1 }.count) / Double(count)
      #expect(abs(beyond - 0.0455) < 0.001)
    }
    let ones = [Float](repeating: 1, count: count)
    var dropped = ones
    #expect(cc_dropout(CC_FLOAT32, random, 0.25, count, ones, &dropped) == CC_OK)
    #expect(dropped.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    #expect(abs(Double(dropped.filter { $0 == 0 }.count) / Double(count) - 0.25) < 0.002)
  }
}
