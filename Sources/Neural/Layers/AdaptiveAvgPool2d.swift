/// The mean of windows that divide the image into a given number of rows and columns, as `torch.nn.AdaptiveAvgPool2d`:
/// window i of n along an axis of size s goes from floor(i·s / n) to ceil((i + 1)·s / n).
public final class AdaptiveAvgPool2d: Module, Layer {
  let outputSize: Size2D

  /// - Parameter outputSize: height and width of the result; at least 1, which is the mean of the whole image.
  public init(_ outputSize: Size2D) {
    require(outputSize.height > 0 && outputSize.width > 0, "AdaptiveAvgPool2d", "output size \(outputSize)")
    self.outputSize = outputSize
  }

  /// `[batch, channels, height, width]` to `[batch, channels, output height, output width]`.
  public func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool2d(x, outputSize: outputSize) }

  /// `7×7`
  public override var extraDescription: String { "\(outputSize)" }
}

/// Means of so many windows: see ``AdaptiveAvgPool2d``. x: `[batch, channels, height, width]`, float32 or float64.
public func adaptiveAvgPool2d(_ x: Tensor, outputSize: Size2D) -> Tensor {
  require(x.rank == 4, "adaptiveAvgPool2d", "input \(x.shape) is not [batch, channels, height, width]")
  requireFloats("adaptiveAvgPool2d", x)
  let (height, width) = (x.shape[2], x.shape[3])
  if height % outputSize.height == 0, width % outputSize.width == 0 {
    return avgPool2d(x, kernelSize: Size2D(height / outputSize.height, width / outputSize.width))
  }
  // A mean along each axis: two products with matrices of shares.
  let rows = shares(of: height, outputSize.height, x.dtype), columns = shares(of: width, outputSize.width, x.dtype)
  return matmul(matmul(rows, x), columns.transposed())
}

/// `[windows, size]`: 1 / n at the n places of each window.
private func shares(of size: Int, _ windows: Int, _ dtype: DType) -> Tensor {
  var values = [Double](repeating: 0, count: windows * size)
  for window in 0..<windows {
    let places = window * size / windows..<((window + 1) * size + windows - 1) / windows
    for place in places { values[window * size + place] = 1 / Double(places.count) }
  }
  return Tensor(values, shape: [windows, size]).cast(to: dtype)
}
