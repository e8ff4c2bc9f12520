import CCore
import Foundation
import Testing

/// What the three functions make of one input.
private struct Results: Equatable {
  var y: [Float], dx: [Float], dw: [Float], dbias: [Float]
}

/// A shape with integer data for it.
private struct Problem: CustomStringConvertible {
  var shape: cc_conv_shape
  var outHeight: Int32 = 0, outWidth: Int32 = 0
  let x: [Float], weights: [Float], bias: [Float], dy: [Float]

  init(_ shape: cc_conv_shape, seed: UInt64, exact: Bool = true) {
    self.shape = shape
    #expect(cc_conv_output_size(&self.shape, &outHeight, &outWidth) == CC_OK)
    var generator = SplitMix(seed)
    func values(_ count: Int32...) -> [Float] {
      let product = count.reduce(1) { $0 * Int($1) }
      return exact ? generator.integers(product) : generator.reals(product)
    }
    x = values(shape.batch, shape.in_channels, shape.in_height, shape.in_width)
    weights = values(
      shape.out_channels, shape.in_channels / shape.groups, shape.kernel_height, shape.kernel_width)
    bias = values(shape.out_channels)
    dy = values(shape.batch, shape.out_channels, outHeight, outWidth)
  }

  init(_ n: [Int32], batch: Int32, seed: UInt64) {
    self.init(
      cc_conv_shape(
        batch: batch, in_channels: n[0], in_height: n[1], in_width: n[2], out_channels: n[3], kernel_height: n[4],
        kernel_width: n[5], stride_height: n[6], stride_width: n[6], pad_top: n[7], pad_left: n[7], pad_bottom: n[7],
        pad_right: n[7], dilation_height: n[8], dilation_width: n[8], groups: n[9]), seed: seed)
  }

  var description: String { "\(shape)" }
  var batch: Int { Int(shape.batch) }

  func reference() -> Results {
    var shape = shape
    var y = [Float](repeating: .nan, count: dy.count), dx = [Float](repeating: .nan, count: x.count)
    var dw = [Float](repeating: .nan, count: weights.count), dbias = [Float](repeating: .nan, count: bias.count)
    #expect(cc_reference_conv_forward(&shape, CC_FLOAT32, x, weights, bias, &y) == CC_OK)
    #expect(cc_reference_conv_backward_data(&shape, CC_FLOAT32, dy, weights, &dx) == CC_OK)
    #expect(cc_reference_conv_backward_weights(&shape, CC_FLOAT32, x, dy, &dw, &dbias) == CC_OK)
    return Results(y: y, dx: dx, dw: dw, dbias: dbias)
  }

  /// Through a plan, between guard pages; garbage in the lanes of x past the batch must not matter.
  func planned(_ layout: cc_layout, _ method: cc_conv_method = CC_CONV_EXACT) -> Results {
    var shape = shape
    var plan: OpaquePointer?
    #expect(cc_conv_plan_create(&shape, CC_FLOAT32, layout, method, &plan) == CC_OK)
    defer { cc_conv_plan_destroy(plan) }
    let isInterleaved = layout == CC_INTERLEAVED
    let input = GuardedBuffer(isInterleaved ? interleaved(x, batch: batch, fill: 77) : x)
    let gradient = GuardedBuffer(isInterleaved ? interleaved(dy, batch: batch) : dy)
    let (w, b) = (GuardedBuffer(weights), GuardedBuffer(bias))
    let (y, dx) = (GuardedBuffer(gradient.count), GuardedBuffer(input.count))
    let (dw, dbias) = (GuardedBuffer(weights.count), GuardedBuffer(bias.count))
    let workspace = GuardedBuffer((cc_conv_workspace_bytes(plan) + 3) / 4)
    #expect(cc_conv_forward(plan, input.pointer, w.pointer, b.pointer, y.pointer, workspace.pointer) == CC_OK)
    #expect(cc_conv_backward_data(plan, gradient.pointer, w.pointer, dx.pointer, workspace.pointer) == CC_OK)
    #expect(
      cc_conv_backward_weights(
        plan, input.pointer, gradient.pointer, dw.pointer, dbias.pointer, workspace.pointer) == CC_OK)
    for buffer in [input, gradient, w, b, y, dx, dw, dbias, workspace] {
      #expect(buffer.isIntact, "written outside a buffer: \(self)")
    }
    guard isInterleaved else { return Results(y: y.array, dx: dx.array, dw: dw.array, dbias: dbias.array) }
    #expect(padding(dx.array, batch: batch).allSatisfy { $0 == 0 }, "dx past the batch is not zero: \(self)")
    let planes = batch == 0 ? (0, 0) : (dy.count / batch, x.count / batch)
    return Results(
      y: deinterleaved(y.array, batch: batch, features: planes.0),
      dx: deinterleaved(dx.array, batch: batch, features: planes.1), dw: dw.array, dbias: dbias.array)
  }
}

extension Problem {
  /// Where Winograd's algorithm is possible.
  fileprivate var isWinograd: Bool {
    shape.kernel_height == 3 && shape.kernel_width == 3 && shape.stride_height == 1 && shape.stride_width == 1
  }

  /// Where minimal filtering along the rows is possible: with enough registers.
  fileprivate var isInPoints: Bool {
    [3, 5].contains(shape.kernel_width) && shape.stride_height == 1 && shape.stride_width == 1
      && shape.dilation_height == 1 && shape.dilation_width == 1
      && max(shape.in_channels, shape.out_channels) / shape.groups * shape.kernel_height <= 256
      && String(cString: cc_isa_name()) == "avx512"
  }

  /// The algorithms with fewer multiplications that are possible.
  fileprivate var fastWays: [(cc_layout, cc_conv_method)] {
    (isWinograd ? [(CC_INTERLEAVED, CC_CONV_USE_WINOGRAD), (CC_ROW_MAJOR, CC_CONV_USE_WINOGRAD)] : [])
      + (isInPoints ? [(CC_INTERLEAVED, CC_CONV_USE_POINTS)] : [])
  }

  /// The largest errors of these algorithms, relative to what bounds the terms of each sum.
  fileprivate func errors(_ found: Results) -> [Float] {
    let exact = reference()
    func largest(_ x: [Float]) -> Float { x.reduce(0) { max($0, abs($1)) } }
    let (k, depth, taps) = (
      Int(shape.out_channels), Int(shape.in_channels / shape.groups), Int(shape.kernel_height * shape.kernel_width)
    )
    let outputs = k / Int(shape.groups)
    var rows = [Float](repeating: 0, count: k), columns = [Float](repeating: 0, count: Int(shape.in_channels))
    for (index, weight) in weights.enumerated() {
      let row = index / (depth * taps)
      rows[row] += abs(weight)
      columns[row / outputs * depth + index / taps % depth] += abs(weight)
    }
    let (inPlane, outPlane) = (Int(shape.in_height * shape.in_width), Int(outHeight * outWidth))
    let (x, gradient, pixels) = (largest(x), largest(dy), Float(batch * outPlane))
    func worst(_ a: [Float], _ b: [Float], _ bound: (Int) -> Float) -> Float {
      zip(a, b).enumerated().reduce(0) { max($0, abs($1.element.0 - $1.element.1) / max(bound($1.offset), 1e-30)) }
    }
    return [
      worst(found.y, exact.y) { rows[$0 / outPlane % k] * x + largest(bias) },
      worst(found.dx, exact.dx) { columns[$0 / inPlane % columns.count] * gradient },
      worst(found.dw, exact.dw) { _ in pixels * x * gradient },
      worst(found.dbias, exact.dbias) { _ in pixels * gradient },
    ]
  }
}

extension Problem {
  /// Convolution, activation and pooling in one pass between guard pages, wherever that is possible, against one after the
  /// other: the first that differs in a bit, and how many there were.
  fileprivate func fused(_ layout: cc_layout, _ method: cc_conv_method) -> (wrong: String?, count: Int) {
    var shape = shape
    var plan: OpaquePointer?
    #expect(cc_conv_plan_create(&shape, CC_FLOAT32, layout, method, &plan) == CC_OK)
    defer { cc_conv_plan_destroy(plan) }
    let isInterleaved = layout == CC_INTERLEAVED
    let planes = (isInterleaved ? (batch + 15) / 16 * 16 : batch) * Int(shape.out_channels)
    let input = GuardedBuffer(isInterleaved ? interleaved(x, batch: batch, fill: 77) : x)
    let workspace = GuardedBuffer((cc_conv_workspace_bytes(plan) + 3) / 4)
    let convolved = GuardedBuffer(planes * Int(outHeight * outWidth)), activated = GuardedBuffer(convolved.count)
    #expect(cc_conv_forward(plan, input.pointer, weights, bias, convolved.pointer, workspace.pointer) == CC_OK)
    defer { withExtendedLifetime((convolved, activated)) {} }
    var count = 0
    for activation in [CC_IDENTITY, CC_RELU, CC_TANH] {
      #expect(cc_unary(activation, CC_FLOAT32, convolved.count, convolved.pointer, activated.pointer) == CC_OK)
      for (pooling, kernel, rectifies, last) in [
        (CC_NO_POOLING, 1, false, CC_IDENTITY), (CC_MAX_POOLING, 2, false, CC_IDENTITY),
        (CC_MAX_POOLING, 2, true, CC_IDENTITY), (CC_MAX_POOLING, 3, false, CC_SIGMOID),
        (CC_AVERAGE_POOLING, 2, false, CC_IDENTITY), (CC_AVERAGE_POOLING, 2, false, CC_TANH),
      ] as [(cc_pooling, Int32, Bool, cc_unary_op)] {
        var pool = cc_pool_shape()
        (pool.batch, pool.channels, pool.in_height, pool.in_width) = (
          shape.batch, shape.out_channels, outHeight, outWidth
        )
        (pool.kernel_height, pool.kernel_width, pool.stride_height, pool.stride_width) = (
          kernel, kernel, kernel, kernel
        )
        pool.rectifies = rectifies
        var epilogue = cc_conv_epilogue(
          activation: activation, pooling: pooling, pool: pool, pooled_activation: last)
        guard min(outHeight, outWidth) >= kernel, cc_conv_forward_fuses(plan, &epilogue) else { continue }
        count += 1
        let pixels = planes * Int(outHeight / kernel * (outWidth / kernel))
        let results = [GuardedBuffer(pixels), GuardedBuffer(pixels)]
        let winners = [GuardedBuffer((pixels + 1) / 2), GuardedBuffer((pixels + 1) / 2)]
        func winner(_ index: Int) -> UnsafeMutablePointer<UInt16>? {
          pooling == CC_MAX_POOLING ? winners[index].pointer.assumingMemoryBound(to: UInt16.self) : nil
        }
        switch pooling {
        case CC_NO_POOLING: memcpy(results[0].pointer, activated.pointer, pixels * 4)
        case CC_MAX_POOLING:
          #expect(
            cc_max_pool_forward(&pool, CC_FLOAT32, layout, activated.pointer, results[0].pointer, winner(0)) == CC_OK)
        default:
          #expect(cc_average_pool_forward(&pool, CC_FLOAT32, layout, activated.pointer, results[0].pointer) == CC_OK)
        }
        #expect(cc_unary(last, CC_FLOAT32, pixels, results[0].pointer, results[0].pointer) == CC_OK)
        #expect(
          cc_conv_forward_fused(
            plan, &epilogue, input.pointer, weights, bias, nil, results[1].pointer, winner(1), workspace.pointer)
            == CC_OK)
        let bits = (results + winners).map { $0.array.map(\.bitPattern) }
        let isIntact = (results + winners + [input, workspace]).allSatisfy(\.isIntact)
        guard isIntact, bits[0] == bits[1], bits[2] == bits[3] else {
          return ("layout \(layout.rawValue), method \(method.rawValue), \(epilogue)", count)
        }
      }
    }
    return (nil, count)
  }
}

/// Whether the errors of y, dx, dw and dbias are as conv.h promises.
private func isWithinBounds(_ errors: [Float]) -> Bool {
  zip(errors, [0x1p-17, 0x1p-17, 0x1p-18, 0x1p-18] as [Float]).allSatisfy { $0 < $1 }
}

@Suite("Convolution") struct ConvolutionTests {
  @Test(
    "the interleaved kernels equal the reference for every listed shape and batch tail", arguments: [1, 15, 16, 17, 33])
  func listedShapes(batch: Int32) throws {
    for (number, (name, numbers)) in try shapeList("convolution").enumerated() {
      let problem = Problem(numbers, batch: batch, seed: UInt64(number))
      #expect(
        problem.planned(CC_INTERLEAVED) == problem.reference(),
        "\(name), batch \(batch), \(String(cString: cc_isa_name()))")
    }
  }

  @Test("a batch of 100 LeNet images equals the reference")
  func hundred() throws {
    for (name, numbers) in try shapeList("convolution") where name.hasPrefix("lenet") {
      let problem = Problem(numbers, batch: 100, seed: 5)
      #expect(problem.planned(CC_INTERLEAVED) == problem.reference(), "\(name)")
    }
  }

  @Test("row-major plans equal the reference")
  func rowMajor() throws {
    for (name, numbers) in try shapeList("convolution") where !name.hasPrefix("mnist") {
      let problem = Problem(numbers, batch: 3, seed: 9)
      #expect(problem.planned(CC_ROW_MAJOR) == problem.reference(), "\(name)")
    }
  }

  @Test(
    "row-major images that fall into bands of rows equal the reference for any number of threads",
    arguments: [
      [3, 90, 91, 40, 3, 3, 1, 1, 1, 1], [2, 131, 70, 90, 5, 4, 2, 2, 1, 1], [40, 61, 33, 60, 3, 3, 2, 0, 1, 2],
    ] as [[Int32]])
  func bands(numbers: [Int32]) {
    let problem = Problem(numbers, batch: 2, seed: 8)
    let expected = problem.reference()
    withThreadCounts([1, 2, 3]) { count in
      #expect(problem.planned(CC_ROW_MAJOR) == expected, "\(numbers), \(count) threads")
    }
  }

  @Test("an empty batch gives zero weight gradients")
  func emptyBatch() {
    for (layout, method) in [
      (CC_INTERLEAVED, CC_CONV_EXACT), (CC_ROW_MAJOR, CC_CONV_EXACT), (CC_INTERLEAVED, CC_CONV_USE_WINOGRAD),
      (CC_ROW_MAJOR, CC_CONV_USE_WINOGRAD),
    ] {
      let results = Problem([16, 5, 5, 32, 3, 3, 1, 1, 1, 1], batch: 0, seed: 1).planned(layout, method)
      #expect(results.dw.allSatisfy { $0 == 0 } && results.dbias.allSatisfy { $0 == 0 } && results.y.isEmpty)
    }
  }

  @Test("1, 2, 3 and 5 threads give the same bits on real numbers")
  func threads() throws {
    for (name, numbers) in try shapeList("convolution") {
      for batch: Int32 in [1, 50] {
        let problem = Problem(Problem(numbers, batch: batch, seed: 0).shape, seed: 3, exact: false)
        for (layout, method) in [(CC_INTERLEAVED, CC_CONV_EXACT), (CC_ROW_MAJOR, CC_CONV_EXACT)] + problem.fastWays {
          var first: Results?
          withThreadCounts([1, 2, 3, 5]) { count in
            let results = problem.planned(layout, method)
            let equal = results == first ?? results
            #expect(equal, "\(name), batch \(batch), \(count) threads")
            first = results
          }
        }
      }
    }
  }

  @Test("real numbers are within the rounding bound of the reference")
  func rounding() throws {
    for (name, numbers) in try shapeList("convolution") {
      let problem = Problem(Problem(numbers, batch: 17, seed: 0).shape, seed: 4, exact: false)
      let (ours, exact) = (problem.planned(CC_INTERLEAVED), problem.reference())
      // |error| ≤ ε · terms · Σ|a||b|, and here |a||b| ≤ 1.
      let shape = problem.shape
      let forward = Float(shape.in_channels / shape.groups * shape.kernel_height * shape.kernel_width + 1)
      let data = Float(shape.out_channels / shape.groups * shape.kernel_height * shape.kernel_width)
      let weights = Float(shape.batch * problem.outHeight * problem.outWidth)
      for (a, b, terms) in [
        (ours.y, exact.y, forward), (ours.dx, exact.dx, data), (ours.dw, exact.dw, weights),
        (ours.dbias, exact.dbias, weights),
      ] {
        let worst = zip(a, b).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= 1.2e-7 * terms * max(terms.squareRoot(), 1), "\(name): \(worst) for \(terms) terms")
      }
    }
  }

  @Test(
    "Winograd's algorithm and minimal filtering along rows are within their bounds for every listed shape and batch tail",
    arguments: [1, 5, 16, 33] as [Int32])
  func fastWays(batch: Int32) throws {
    let listed = try shapeList("convolution").map { (name: $0.name, problem: Problem($0.numbers, batch: 1, seed: 0)) }
    #expect(listed.contains { !$0.problem.isWinograd } && listed.contains { $0.problem.isWinograd })
    for (name, problem) in listed {
      var shape = problem.shape
      shape.batch = batch
      let reals = Problem(shape, seed: 6, exact: false)
      for (layout, method) in reals.fastWays {
        let errors = reals.errors(reals.planned(layout, method))
        #expect(isWithinBounds(errors), "\(name), batch \(batch), method \(method.rawValue): \(errors)")
      }
    }
  }

  @Test("what follows a convolution in the same pass gives the bits that it gives on its own")
  func epilogues() throws {
    let exact = [CC_INTERLEAVED, CC_ROW_MAJOR].map { ($0, CC_CONV_EXACT) }
    let winograd = [CC_INTERLEAVED, CC_ROW_MAJOR].map { ($0, CC_CONV_USE_WINOGRAD) }
    var counts: [String: Int] = [:]
    for (name, numbers) in try shapeList("convolution") where numbers[0] * numbers[3] <= 4096 {
      for (batch, threads) in [(1, 3), (17, 1)] as [(Int32, Int32)] {
        let problem = Problem(Problem(numbers, batch: batch, seed: 0).shape, seed: 11, exact: false)
        for way in exact + problem.fastWays {
          withThreadCounts([threads]) { _ in
            let (wrong, count) = problem.fused(way.0, way.1)
            #expect(wrong == nil, "\(name), batch \(batch), \(threads) threads")
            counts["\(way)", default: 0] += count
          }
        }
      }
    }
    for way in exact + winograd { #expect(counts["\(way)", default: 0] > 0) }
  }

  @Test("weights that the caches do not hold fall into chunks", arguments: [CC_INTERLEAVED, CC_ROW_MAJOR])
  func chunks(layout: cc_layout) {
    let shape = Problem([520, 4, 4, 70, 3, 3, 1, 1, 1, 1], batch: 20, seed: 1).shape
    let problem = Problem(shape, seed: 7, exact: false)
    let errors = problem.errors(problem.planned(layout, CC_CONV_USE_WINOGRAD))
    #expect(isWithinBounds(errors), "\(errors)")
  }

  @Test("strided windows over many channels add up in chunks", arguments: [1, 2])
  func windowChunks(threads: Int32) {
    let problem = Problem([70, 20, 19, 26, 3, 3, 2, 1, 1, 1], batch: 1, seed: 3)
    withThreadCounts([threads]) { _ in
      #expect(problem.planned(CC_ROW_MAJOR, CC_CONV_FASTEST) == problem.reference())
    }
  }

  @Test("tiles that leave lanes of a vector empty: channels are the lanes instead", arguments: 1...9)
  func fewTiles(tiles: Int32) {
    for batch: Int32 in [1, 2] {
      let shape = Problem([37, 3, 4 * tiles - 1, 21, 3, 3, 1, 1, 1, 1], batch: batch, seed: 1).shape
      let problem = Problem(shape, seed: 8, exact: false)
      let errors = problem.errors(problem.planned(CC_ROW_MAJOR, CC_CONV_USE_WINOGRAD))
      #expect(isWithinBounds(errors), "batch \(batch): \(errors)")
    }
  }

  @Test("many channels use Winograd's algorithm unless exact sums are asked for")
  func method() {
    let shape = Problem([32, 10, 11, 24, 3, 3, 1, 1, 1, 1], batch: 16, seed: 1).shape
    let problem = Problem(shape, seed: 2, exact: false)
    for layout in [CC_INTERLEAVED, CC_ROW_MAJOR] {
      let (fastest, exact) = (problem.planned(layout, CC_CONV_FASTEST), problem.planned(layout))
      #expect(fastest == problem.planned(layout, CC_CONV_USE_WINOGRAD))
      #expect(fastest.y != exact.y && fastest.dx != exact.dx && fastest.dw != exact.dw)
    }
    let few = Problem([2, 10, 11, 5, 3, 3, 1, 1, 1, 1], batch: 16, seed: 1)
    #expect(few.planned(CC_INTERLEAVED, CC_CONV_FASTEST) == few.reference())
  }

  @Test("random shapes equal the reference")
  func fuzz() {
    let fuzzing = Fuzzing(), seed = fuzzing.seed
    var generator = SplitMix(seed)
    var count = 0
    while fuzzing.goesOn(after: count) {
      func pick(_ range: ClosedRange<Int32>) -> Int32 { Int32.random(in: range, using: &generator) }
      let groups = pick(1...4) == 1 ? pick(1...5) : 1
      var shape = cc_conv_shape(
        batch: pick(0...35), in_channels: groups * pick(1...7), in_height: pick(1...17), in_width: pick(1...17),
        out_channels: groups * pick(1...18), kernel_height: pick(1...7), kernel_width: pick(1...8),
        stride_height: pick(1...3), stride_width: pick(1...3), pad_top: pick(0...3), pad_left: pick(0...3),
        pad_bottom: pick(0...3), pad_right: pick(0...3), dilation_height: pick(1...3), dilation_width: pick(1...3),
        groups: groups)
      if pick(0...2) > 0 { (shape.dilation_height, shape.dilation_width) = (1, 1) }
      if pick(1...6) == 1 {  // many channels, few taps
        shape.in_channels += 32 * groups
        shape.out_channels += 32 * groups
        (shape.kernel_height, shape.kernel_width) = (min(shape.kernel_height, 3), min(shape.kernel_width, 3))
      }
      if pick(0...2) > 0 { (shape.stride_height, shape.stride_width) = (1, 1) }
      if pick(0...2) == 0 { (shape.kernel_height, shape.kernel_width) = (3, 3) }
      var (height, width): (Int32, Int32) = (0, 0)
      guard cc_conv_output_size(&shape, &height, &width) == CC_OK else { continue }
      let problem = Problem(shape, seed: generator.next())
      count += 1
      let expected = problem.reference()
      guard problem.planned(CC_INTERLEAVED) == expected, problem.planned(CC_ROW_MAJOR) == expected else {
        Issue.record("FUZZ_SEED=\(seed), shape \(count): \(problem)")
        return
      }
      for (layout, method) in problem.fastWays {
        let errors = problem.errors(problem.planned(layout, method))
        guard isWithinBounds(errors) else {
          Issue.record("FUZZ_SEED=\(seed), shape \(count), method \(method.rawValue) \(errors): \(problem)")
          return
        }
      }
      for (layout, method) in [(CC_INTERLEAVED, CC_CONV_EXACT), (CC_ROW_MAJOR, CC_CONV_EXACT)] + problem.fastWays {
        if let wrong = problem.fused(layout, method).wrong {
          Issue.record("FUZZ_SEED=\(seed), shape \(count), fused \(wrong): \(problem)")
          return
        }
      }
    }
    print("convolution: \(count) random shapes on \(String(cString: cc_isa_name())), FUZZ_SEED=\(seed)")
  }

  @Test("impossible shapes are refused")
  func badShapes() {
    let good = Problem([2, 5, 5, 3, 3, 3, 1, 1, 1, 1], batch: 2, seed: 1).shape
    let changes: [(String, (inout cc_conv_shape) -> Void)] = [
      ("negative batch", { $0.batch = -1 }), ("no channels", { $0.in_channels = 0 }),
      ("kernel too large", { $0.kernel_height = 8 }), ("no stride", { $0.stride_width = 0 }),
      ("negative padding", { $0.pad_left = -1 }), ("no dilation", { $0.dilation_height = 0 }),
      ("groups that do not divide", { $0.groups = 2 }),
      ("overflow", { ($0.in_height, $0.in_width, $0.in_channels) = (.max, .max, .max) }),
      ("overflowing dilation", { $0.dilation_height = .max }),
    ]
    for (name, change) in changes {
      var shape = good
      change(&shape)
      var (height, width): (Int32, Int32) = (0, 0)
      #expect(cc_conv_output_size(&shape, &height, &width) == CC_BAD_SHAPE, "\(name)")
      var plan: OpaquePointer?
      #expect(
        cc_conv_plan_create(&shape, CC_FLOAT32, CC_INTERLEAVED, CC_CONV_FASTEST, &plan) == CC_BAD_SHAPE, "\(name)")
      #expect(plan == nil)
    }
    var shape = good
    var plan: OpaquePointer?
    #expect(cc_conv_plan_create(&shape, CC_FLOAT64, CC_INTERLEAVED, CC_CONV_FASTEST, &plan) == CC_UNSUPPORTED)
    #expect(cc_conv_plan_create(&shape, CC_INT32, CC_ROW_MAJOR, CC_CONV_FASTEST, &plan) == CC_UNSUPPORTED)
    #expect(cc_conv_forward(nil, nil, nil, nil, nil, nil) == CC_BAD_POINTER)
  }
}
