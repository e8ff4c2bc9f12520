import Foundation
import Neural
import Testing

@Suite("Arithmetic with broadcasting equals a plain computation")
struct TensorArithmeticTests {
  private let operations: [(String, (Tensor, Tensor) -> Tensor, (Double, Double) -> Double)] = [
    ("+", { $0 + $1 }, { $0 + $1 }),
    ("-", { $0 - $1 }, { $0 - $1 }),
    ("*", { $0 * $1 }, { $0 * $1 }),
    ("/", { $0 / $1 }, { $0 / $1 }),
    ("maximum", Tensor.maximum, { max($0, $1) }),
    ("minimum", Tensor.minimum, { min($0, $1) }),
    (".==", { $0 .== $1 }, { $0 == $1 ? 1 : 0 }),
    (".!=", { $0 .!= $1 }, { $0 != $1 ? 1 : 0 }),
    (".<", { $0 .< $1 }, { $0 < $1 ? 1 : 0 }),
    (".<=", { $0 .<= $1 }, { $0 <= $1 ? 1 : 0 }),
    (".>", { $0 .> $1 }, { $0 > $1 ? 1 : 0 }),
    (".>=", { $0 .>= $1 }, { $0 >= $1 ? 1 : 0 }),
  ]

  @Test("every operator on 200 random pairs of shapes, in float32, float64 and int32")
  func randomShapes() {
    for seed in UInt64(0)..<200 {
      var generator = Philox(seed: seed)
      let (first, second) = generator.broadcastableShapes()
      let dtype = [DType.float32, .float64, .int32][Int(seed % 3)]
      let a = generator.integers(first).cast(to: dtype)
      let b = generator.integers(second).cast(to: dtype)
      for (name, operation, oracle) in operations {
        // Quotients of small integers are rounded once in float32; integers truncate and x / 0 is 0.
        let expected = Plain.binary(Plain(a), Plain(b)) { x, y in
          guard name == "/" else { return oracle(x, y) }
          if dtype == .int32 { return y == 0 ? 0 : (x / y).rounded(.towardZero) }
          return dtype == .float32 ? Double(Float(x) / Float(y)) : x / y
        }
        let found = Plain(operation(a, b))
        let same =
          found.shape == expected.shape
          && zip(found.values, expected.values).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
        #expect(same, "seed \(seed): \(dtype) \(first) \(name) \(second) gave \(found), not \(expected)")
      }
    }
  }

  @Test("shapes larger than one task of the thread team broadcast too")
  func largeShapes() {
    for (first, second) in [
      ([300, 1, 70], [5, 70]), ([1, 90_000], [90_000]), ([90_000], [1]), ([400, 300], [400, 1]),
    ] {
      var generator = Philox(seed: 1)
      let a = generator.integers(Shape(first))
      let b = generator.integers(Shape(second))
      let (x, y) = (a.array(Float.self), b.array(Float.self))
      let sum = (a * 3 + b)
      let product = (a * b).array(Float.self)
      let (p, q) = (a.broadcast(to: sum.shape).array(Float.self), b.broadcast(to: sum.shape).array(Float.self))
      #expect(zip(sum.array(Float.self), zip(p, q)).allSatisfy { $0 == 3 * $1.0 + $1.1 }, "\(first) + \(second)")
      #expect(zip(product, zip(p, q)).allSatisfy { $0 == $1.0 * $1.1 }, "\(first) * \(second)")
      #expect(p.first == x.first && p.last == x.last && q.first == y.first && q.last == y.last)
    }
  }

  @Test("powers follow the C library, with scalar and tensor exponents")
  func powers() {
    let x = Tensor([0.5, 1, 2, 3] as [Double])
    #expect(difference(x.pow(3), Tensor([0.125, 1, 8, 27] as [Double]), relative: 1e-15) == nil)
    #expect(difference(x.pow(-0.5), Tensor([0.5, 1, 2, 3].map { 1 / $0.squareRoot() }), relative: 1e-15) == nil)
    let y = Tensor.pow(x, Tensor([[0], [2]] as [[Double]]))
    #expect(difference(y, Tensor([[1, 1, 1, 1], [0.25, 1, 4, 9]] as [[Double]]), relative: 1e-15) == nil)
    #expect(Tensor([-2]).pow(3).item() == -8 as Float)
  }

  @Test(
    "a number on either side takes the tensor's dtype",
    arguments: DType.allCases.filter { $0 != .bool })
  func numbers(_ dtype: DType) {
    let x = Tensor([6, 4, 8]).cast(to: dtype)
    func values(_ tensor: Tensor) -> [Double] {
      #expect(tensor.dtype == dtype)
      return Plain(tensor).values
    }
    #expect(values(x + 2) == [8, 6, 10])
    #expect(values(2 + x) == [8, 6, 10])
    #expect(values(x - 3) == [3, 1, 5])
    #expect(values(9 - x) == [3, 5, 1])
    #expect(values(x * 3) == [18, 12, 24])
    #expect(values(3 * x) == [18, 12, 24])
    #expect(values(x / 2) == [3, 2, 4])
    #expect(values(24 / x) == [4, 6, 3])
  }

  @Test("integers wrap, divide towards zero and give 0 for a division by 0")
  func integers() {
    #expect((Tensor([250] as [UInt8]) + 10).array() == [4] as [UInt8])
    #expect((Tensor([3] as [UInt8]) - 5).array() == [254] as [UInt8])
    #expect((Tensor([Int32.max]) + Tensor([1] as [Int32])).array() == [Int32.min])
    #expect((Tensor([-7, 7, 5] as [Int32]) / Tensor([2, -2, 0] as [Int32])).array() == [-3, -3, 0] as [Int32])
    #expect((Tensor([Int32.min]) / Tensor([-1] as [Int32])).array() == [Int32.min], "the one overflow of a division")
    #expect((Tensor([Int64.min]) / Tensor([-1] as [Int64])).array() == [Int64.min])
    #expect((-Tensor([1, -2] as [Int])).array() == [-1, 2])
    #expect(Tensor([-3, 4] as [Int32]).abs().array() == [3, 4] as [Int32])
    #expect(Tensor([-3, 0, 4] as [Int32]).sign().array() == [-1, 0, 1] as [Int32])
    #expect(Tensor([-3] as [Int]).squared().array() == [9])
  }

  @Test("functions of one operand are within 4 units in the last place of the C library's")
  func unary() {
    var generator = Philox(seed: 3)
    // 37: every vector has a tail.
    let x = Tensor.uniform([37], in: -8..<8, using: &generator)
    let positive = x.abs() + 0.01
    let cases: [(String, Tensor, Tensor, (Double) -> Double)] = [
      ("exp", x, x.exp(), { Foundation.exp($0) }), ("log", positive, positive.log(), { Foundation.log($0) }),
      ("sin", x, x.sin(), { Foundation.sin($0) }), ("cos", x, x.cos(), { Foundation.cos($0) }),
      ("tanh", x, x.tanh(), { Foundation.tanh($0) }), ("sigmoid", x, x.sigmoid(), { 1 / (1 + Foundation.exp(-$0)) }),
      ("sqrt", positive, positive.sqrt(), { $0.squareRoot() }), ("reciprocal", x, x.reciprocal(), { 1 / $0 }),
      ("relu", x, x.relu(), { max($0, 0) }), ("softplus", x, x.softplus(), { Foundation.log(1 + Foundation.exp($0)) }),
      ("negate", x, -x, { -$0 }), ("abs", x, x.abs(), { abs($0) }), ("squared", x, x.squared(), { $0 * $0 }),
      ("sign", x, x.sign(), { $0 > 0 ? 1 : -1 }),
    ]
    for (name, input, output, oracle) in cases {
      for (value, found) in zip(input.array(Float.self), output.array(Float.self)) {
        let expected = oracle(Double(value))
        #expect(abs(Double(found) - expected) <= 4 * Double(Float(expected).ulp), "\(name)(\(value)) = \(found)")
      }
    }
  }

  @Test("edges: infinities, NaN and zeros go where IEEE sends them")
  func edges() {
    let x = Tensor([-.infinity, -1, 0, .infinity, .nan])
    func values(_ tensor: Tensor) -> String {
      tensor.array(Float.self).map { $0.isNaN ? "nan" : "\($0)" }.joined(separator: " ")
    }
    #expect(values(x.exp()).hasPrefix("0.0 0.36787") && values(x.exp()).hasSuffix(" 1.0 inf nan"))
    #expect(values(x.log().abs()) == "nan nan inf inf nan")
    #expect(values(x.tanh()).hasPrefix("-1.0 ") && values(x.tanh()).hasSuffix(" 0.0 1.0 nan"))
    #expect(values(x.sigmoid()).hasPrefix("0.0 ") && values(x.sigmoid()).hasSuffix(" 0.5 1.0 nan"))
    #expect(values(x.relu()) == "0.0 0.0 0.0 inf nan")
    #expect(values(x.sign()) == "-1.0 -1.0 0.0 1.0 nan")
    #expect(values(Tensor([-200, 200]).softplus()) == "0.0 200.0")
    #expect(values(Tensor.maximum(x, Tensor(0))) == "0.0 0.0 0.0 inf nan")
    #expect(values(Tensor.minimum(Tensor(0), x)) == "-inf -1.0 0.0 0.0 nan")
    #expect((x .== x).array() == [true, true, true, true, false])
    #expect((x .!= x).array() == [false, false, false, false, true])
    #expect(values(Tensor([1, -1, 0]) / 0).hasPrefix("inf -inf"))
  }

  @Test("select takes from one or the other")
  func select() {
    let condition = Tensor([true, false, true])
    #expect(Tensor.where(condition, Tensor([1, 2, 3]), Tensor([4, 5, 6])).array() == [1, 5, 3] as [Float])
    #expect(Tensor.where(condition, Tensor([1, 2, 3] as [Int]), Tensor([4, 5, 6] as [Int])).array() == [1, 5, 3])
    #expect(Tensor.where(condition, Tensor([.nan, 0, 0]), Tensor([0, .nan, 0]))[2].scalar == 0)
  }

  @Test("closeness has a relative and an absolute part, and NaN is close to nothing")
  func closeness() {
    #expect(Tensor([1000, 0]).allClose(to: Tensor([1000.005, 0])))
    #expect(!Tensor([1000]).allClose(to: Tensor([1000.05])))
    #expect(!Tensor([1]).allClose(to: Tensor([[1]])))
    #expect(!Tensor([Float.nan]).allClose(to: Tensor([Float.nan])))
    #expect(Tensor([0]).allClose(to: Tensor([0.1]), absolute: 0.2))
    #expect(Tensor([] as [Float]).allClose(to: Tensor([] as [Float])))
  }
}
