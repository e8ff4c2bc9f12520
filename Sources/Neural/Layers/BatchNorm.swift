import CCore

/// Batch normalisation (Ioffe and Szegedy 2015): y = (x − mean) / √(variance + ε) · weight + bias for each channel.
///
/// In training the moments are those of the batch, and running averages of them are kept; in evaluation these are used.
/// The running variance is of the unbiased estimate. Use ``BatchNorm1d`` or ``BatchNorm2d``.
public class BatchNorm: Module, Layer {
  /// `[channels]`; nil without affine map.
  public let weight: Parameter?, bias: Parameter?
  /// `[channels]`: averages over the batches seen in training; nil if they are not tracked.
  public let runningMean: Buffer?, runningVariance: Buffer?
  /// How many batches have been seen, int64.
  public let batchesTracked: Buffer?
  let channels: Int, epsilon: Double, momentum: Double?
  var allowedRanks: ClosedRange<Int> { 2...4 }

  /// - Parameters:
  ///   - channels: size of the inputs' second axis.
  ///   - epsilon: added to the variance.
  ///   - momentum: weight of the newest batch in the running averages; nil for the mean over all batches.
  ///   - affine: whether there are a weight (at first 1) and a bias (at first 0).
  ///   - trackRunningStatistics: if not, the batch's moments are used in evaluation too.
  ///   - dtype: of weight, bias and averages: float32 or float64, as the inputs.
  public init(
    _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStatistics: Bool = true, dtype: DType = .float32
  ) {
    require(channels > 0, "\(Self.self)", "\(channels) channels")
    (self.channels, self.epsilon, self.momentum) = (channels, epsilon, momentum)
    weight = affine ? Parameter(.ones([channels], dtype: dtype)) : nil
    bias = affine ? Parameter(.zeros([channels], dtype: dtype)) : nil
    runningMean = trackRunningStatistics ? Buffer(.zeros([channels], dtype: dtype)) : nil
    runningVariance = trackRunningStatistics ? Buffer(.ones([channels], dtype: dtype)) : nil
    batchesTracked = trackRunningStatistics ? Buffer(.zeros([], dtype: .int64)) : nil
  }

  /// `[batch, channels, …]` to the same shape. A batch's moments need more than one value in a channel: one alone traps.
  public func forward(_ x: Tensor) -> Tensor {
    require(
      allowedRanks.contains(x.rank) && x.shape[1] == channels, "\(Self.self)",
      "input \(x.shape) for \(channels) channels")
    requireFloats("\(Self.self)", x, weight?.value)
    if !isTraining, let runningMean, let runningVariance {
      let moments = Moments(mean: runningMean.value, variance: runningVariance.value)
      return normalized(x, moments, isFixed: true, weight?.value, bias?.value, epsilon)
    }
    require(x.count > channels, "\(Self.self)", "input \(x.shape): a variance needs more than one value in a channel")
    let moments = Moments(channels: channels)
    let y = normalized(x, moments, isFixed: false, weight?.value, bias?.value, epsilon)
    if isTraining { track(moments, count: Double(x.count / channels)) }
    return y
  }

  private func track(_ moments: Moments, count: Double) {
    guard let runningMean, let runningVariance, let batchesTracked else { return }
    let batches = batchesTracked.value.scalar + 1
    batchesTracked.value = Tensor(batches, dtype: .int64)
    let share = momentum ?? 1 / batches
    func follow(_ buffer: Buffer, _ new: Tensor) {
      buffer.value = buffer.value * (1 - share) + new.cast(to: buffer.value.dtype) * share
    }
    noGrad {
      follow(runningMean, moments.mean)
      follow(runningVariance, moments.variance * (count / (count - 1)))
    }
  }

  override func findMembers() -> [(name: String, member: Member)] {
    // As PyTorch names them.
    let names = [
      "runningMean": "running_mean", "runningVariance": "running_var", "batchesTracked": "num_batches_tracked",
    ]
    return super.findMembers().map { (names[$0.name] ?? $0.name, $0.member) }
  }

  /// `16, epsilon: 1e-05, momentum: 0.1`
  public override var extraDescription: String {
    var text = "\(channels), epsilon: \(epsilon), momentum: \(momentum.map { "\($0)" } ?? "nil")"
    if weight == nil { text += ", affine: false" }
    if runningMean == nil { text += ", trackRunningStatistics: false" }
    return text
  }
}

/// ``BatchNorm`` of features: `[batch, channels]` or `[batch, channels, length]`, as `torch.nn.BatchNorm1d`.
public final class BatchNorm1d: BatchNorm {
  override var allowedRanks: ClosedRange<Int> { 2...3 }
}

/// ``BatchNorm`` of images: `[batch, channels, height, width]`, as `torch.nn.BatchNorm2d`.
public final class BatchNorm2d: BatchNorm {
  override var allowedRanks: ClosedRange<Int> { 4...4 }
}

/// Mean and biased variance of each channel, float64 `[channels]`.
struct Moments: Sendable {
  let mean: Tensor, variance: Tensor

  init(mean: Tensor, variance: Tensor) {
    (self.mean, self.variance) = (mean.cast(to: .float64).rowMajor, variance.cast(to: .float64).rowMajor)
  }

  /// To be filled.
  init(channels: Int) {
    (mean, variance) = (
      Tensor(uninitialized: [channels], dtype: .float64), Tensor(uninitialized: [channels], dtype: .float64)
    )
  }

  /// With which nothing happens.
  static func neutral(channels: Int) -> Moments {
    Moments(mean: .zeros([channels], dtype: .float64), variance: .ones([channels], dtype: .float64))
  }
}

/// (x − mean) / √(variance + ε) · weight + bias for each channel.
///
/// - Parameter isFixed: the moments are given, else they are computed from x and written to `moments`.
func normalized(
  _ x: Tensor, _ moments: Moments, isFixed: Bool, _ weight: Tensor?, _ bias: Tensor?, _ epsilon: Double
) -> Tensor {
  var shape = cc_batch_norm_shape(
    batch: Int32(x.shape[0]), channels: Int32(x.shape[1]), plane: x.shape.sizes.dropFirst(2).reduce(1, *))
  // Channels of a few pixels lie scattered in row-major order.
  let input = shape.plane < 16 && x.canInterleave ? x.interleaved : x.constant
  let (w, b) = (weight?.rowMajor, bias?.rowMajor)
  let (mean, variance) = (moments.mean, moments.variance)
  let y = Tensor(uninitialized: x.shape, dtype: x.dtype, layout: input.layout)
  check(
    cc_batch_norm_forward(
      &shape, x.dtype.c, input.layout.c, isFixed, epsilon, input.pointer, w?.pointer, b?.pointer, mean.doubles,
      variance.doubles, y.pointer), "batchNorm")
  let needs = (x: x.requiresGrad, weight: weight?.requiresGrad ?? false, bias: bias?.requiresGrad ?? false)
  let inputs = [x] + [weight, bias].compactMap { $0 }
  return y.recorded(
    "batchNorm", from: inputs,
    [
      "epsilon": .numbers([epsilon]), "mean": .tensor(mean), "variance": .tensor(variance),
      "hasWeight": .flag(w != nil), "hasBias": .flag(b != nil),
    ]
  ) { [shape] gradient in
    var shape = shape
    let dy = gradient.inLayout(input.layout)
    let dx = needs.x ? Tensor(uninitialized: input.shape, dtype: dy.dtype, layout: input.layout) : nil
    let dw = needs.weight ? w.map { Tensor(uninitialized: $0.shape, dtype: dy.dtype) } : nil
    let db = needs.bias ? b.map { Tensor(uninitialized: $0.shape, dtype: dy.dtype) } : nil
    check(
      cc_batch_norm_backward(
        &shape, dy.dtype.c, input.layout.c, isFixed, epsilon, input.pointer, dy.pointer, w?.pointer, mean.doubles,
        variance.doubles, dx?.pointer, dw?.pointer, db?.pointer), "batchNorm")
    return [dx] + (w == nil ? [] : [dw]) + (b == nil ? [] : [db])
  }
}

extension Tensor {
  /// The elements of a float64 tensor.
  var doubles: UnsafeMutablePointer<Double> { pointer.assumingMemoryBound(to: Double.self) }
}
