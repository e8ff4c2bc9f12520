import Neural

extension LabeledImages {
  /// The images as a uint8 tensor `[count, channels, height, width]` and the labels as uint8 `[count]`, for a
  /// ``/Neural/DataLoader``: pixels become float batch by batch, in a transform.
  public var tensors: Batch {
    Batch(
      inputs: Tensor(pixels, shape: [count, channels, height, width]), targets: Tensor(labels, shape: [count]))
  }
}
