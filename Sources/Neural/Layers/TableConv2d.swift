/// A convolution whose output channels see some of the input channels only, listed in a table: LeNet-5's layer C3 (LeCun et
/// al. 1998, section II.B).
public final class TableConv2d: Module, Layer {
  /// `[connections, kernel height, kernel width]`: a kernel for each entry of the table, in its order.
  public let weight: Parameter
  /// `[outChannels]`
  public let bias: Parameter?
  /// For each output channel the input channels that it sees.
  public let table: [[Int]]
  private let inChannels: Int, stride: Size2D, padding: Padding2D
  // For each pair of output and input channel the number of its kernel, or that of the zeros after the last kernel.
  private let places: Tensor

  /// The table of LeNet-5: 6 to 16 channels, 60 connections.
  public static let leNet5: [[Int]] = [
    [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5], [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5],
    [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5], [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], [0, 1, 2, 3, 4, 5],
  ]

  /// Weights and bias of each output channel begin uniform with bound 1/√(its channels · taps).
  ///
  /// The table is not empty, and each of its rows holds different channels of `0..<inChannels`.
  public init(
    _ inChannels: Int, table: [[Int]], kernelSize: Size2D, stride: Size2D = 1, padding: Padding2D = .valid,
    bias: Bool = true, dtype: DType = .float32
  ) {
    require(!table.isEmpty, "TableConv2d", "the table is empty")
    for channels in table where Set(channels).count != channels.count || !channels.allSatisfy((0..<inChannels).contains)
    {
      trap("TableConv2d", "\(channels) are not different channels of 0..<\(inChannels)")
    }
    (self.inChannels, self.table, self.stride, self.padding) = (inChannels, table, stride, padding)
    let taps = kernelSize.height * kernelSize.width, count = table.reduce(0) { $0 + $1.count }
    let bounds = table.map { 1 / Double(max($0.count * taps, 1)).squareRoot() }
    let kernelBounds = zip(table, bounds).flatMap { channels, bound in channels.map { _ in bound } }
    func drawn(_ shape: Shape, _ bounds: [Double]) -> Parameter {
      let bounds = Tensor(bounds, shape: Shape([shape[0]] + shape.sizes.dropFirst().map { _ in 1 })).cast(to: dtype)
      return Parameter(Tensor.uniform(shape, in: -1..<1, dtype: dtype) * bounds)
    }
    weight = drawn([count, kernelSize.height, kernelSize.width], kernelBounds)
    self.bias = bias ? drawn([table.count], bounds) : nil
    var next = 0
    var places = [Int](repeating: count, count: table.count * inChannels)
    for (output, channels) in table.enumerated() {
      for channel in channels {
        places[output * inChannels + channel] = next
        next += 1
      }
    }
    self.places = Tensor(places)
  }

  /// `[batch, inChannels, height, width]` to `[batch, outChannels, …]`.
  public func forward(_ x: Tensor) -> Tensor {
    let (kernels, height, width) = (weight.value, weight.shape[1], weight.shape[2])
    let none = Tensor.zeros([1, height, width], dtype: kernels.dtype)
    let dense = Tensor.concatenated([kernels, none]).selected(places)
    return conv2d(
      x, weight: dense.reshaped([table.count, inChannels, height, width]), bias: bias?.value, stride: stride,
      padding: padding)
  }

  /// `6, 16, connections: 60, kernelSize: 5×5, stride: 1×1`
  public override var extraDescription: String {
    "\(inChannels), \(table.count), connections: \(weight.shape[0]), "
      + "kernelSize: \(Size2D(weight.shape[1], weight.shape[2])), stride: \(stride)"
  }
}
