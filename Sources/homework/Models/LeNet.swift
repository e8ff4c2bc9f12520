import Neural

/// The LeNet of the ECE 285 course, for 28×28 images: 44,426 parameters.
///
/// After LeNet-5 of LeCun, Bottou, Bengio and Haffner (1998), with ReLU for tanh, max-pooling for trainable averages,
/// full connections in the second convolution and logits for the Gaussian output.
final class LeNet: Module, Layer {
  let conv1 = Conv2d(1, 6, kernelSize: 5)
  let pool1 = MaxPool2d(kernelSize: 2)
  let conv2 = Conv2d(6, 16, kernelSize: 5)
  let pool2 = MaxPool2d(kernelSize: 2)
  let fc1 = Linear(256, 120)
  let fc2 = Linear(120, 84)
  let fc3 = Linear(84, 10)

  func forward(_ x: Tensor) -> Tensor {
    var x = pool1(relu(conv1(x)))
    x = pool2(relu(conv2(x)))
    x = relu(fc1(x.flattened(from: 1)))
    return fc3(relu(fc2(x)))
  }
}
