import ArgumentParser
import Neural
import NeuralData
import NeuralPlots

/// `homework dlcv blur`: question 4 of the paper.
struct DLCVBlur: Exercise {
  static let course = "dlcv", name = "blur", title = "A convolution layer blurs photographs."
  static let discussion = """
    The Gaussian [1 2 1; 2 4 2; 1 2 1] / 16 on each colour by itself, as a convolution from 3 to 3 channels whose \
    kernels between different colours are 0. Checked, with other strides, paddings and dilations too, against loops that \
    say what a convolution is.
    """
  static let data = "CIFAR-10 or generated shapes"
  static let duration = (full: "1 s", quick: "1 s")

  @OptionGroup var options: RunOptions

  func perform(_ run: Run) throws {
    let photos = try run.photos(10)
    let x = photos.pixels
    let gaussian: [Float] = [1, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16 }
    let none = [Float](repeating: 0, count: 9)
    let kernels = Tensor((0..<9).flatMap { $0 % 4 == 0 ? gaussian : none }, shape: [3, 3, 3, 3])

    var blurred = x
    for (stride, padding, dilation) in [(1, 1, 1), (1, 0, 1), (2, 1, 1), (1, 2, 2), (3, 0, 2)] {
      let layer = Conv2d(
        3, 3, kernelSize: 3, stride: Size2D(stride, stride), padding: .explicit(Size2D(padding, padding)),
        dilation: Size2D(dilation, dilation), bias: false)
      layer.weight.value = kernels
      let ours = noGrad { layer(x) }
      let plain = convolution(x, kernels, stride: stride, padding: padding, dilation: dilation)
      run.check(
        "shape for stride \(stride), padding \(padding), dilation \(dilation)", expected: plain.shape, ours: ours.shape)
      run.check(
        "largest difference to loops, stride \(stride), padding \(padding), dilation \(dilation)",
        ours: ours.shape == plain.shape ? (ours - plain).abs().max().scalar : .infinity, below: 1e-6)
      if (stride, padding, dilation) == (1, 1, 1) { blurred = ours }
    }

    try run.figure(
      "filters",
      "The three kernels as images: each lets one colour through, weighted 4 : 2 : 1 from the middle outwards.",
      ImageGrid(batch: kernels, titles: ["to red", "to green", "to blue"], columns: 3, range: 0...0.25),
      MatrixPlot(
        "One colour", Tensor(gaussian, shape: [3, 3]), label: "weight", colors: .grey, range: 0...0.25, digits: 4),
      columns: 2)
    try run.figure(
      "images", "The first ten images, before (above) and after (below).",
      ImageGrid(batch: .concatenated([x, blurred]), titles: photos.names, columns: 10))
    run.preview((0..<3).map { x[$0] } + (0..<3).map { blurred[$0] })
  }

  /// y[n, k, i, j] = Σ w[k, c, r, s] · x[n, c, i·stride + r·dilation − padding, j·stride + s·dilation − padding], literally.
  private func convolution(_ x: Tensor, _ w: Tensor, stride: Int, padding: Int, dilation: Int) -> Tensor {
    let (count, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (outputs, size) = (w.shape[0], w.shape[2])
    let span = dilation * (size - 1) + 1
    let rows = (height + 2 * padding - span) / stride + 1, columns = (width + 2 * padding - span) / stride + 1
    let (pixels, weights) = (x.array(Float.self), w.array(Float.self))
    var result: [Float] = []
    result.reserveCapacity(count * outputs * rows * columns)
    for n in 0..<count {
      for k in 0..<outputs {
        for i in 0..<rows {
          for j in 0..<columns {
            var sum = 0.0
            for c in 0..<channels {
              for r in 0..<size {
                for s in 0..<size {
                  let (row, column) = (i * stride + r * dilation - padding, j * stride + s * dilation - padding)
                  guard row >= 0, row < height, column >= 0, column < width else { continue }
                  let pixel = pixels[((n * channels + c) * height + row) * width + column]
                  sum += Double(weights[((k * channels + c) * size + r) * size + s]) * Double(pixel)
                }
              }
            }
            result.append(Float(sum))
          }
        }
      }
    }
    return Tensor(result, shape: [count, outputs, rows, columns])
  }
}
