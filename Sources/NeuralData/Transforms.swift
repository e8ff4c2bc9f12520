import Neural

/// What is done to a batch of images on its way into a network, for ``/Neural/DataLoader``.
public enum Transforms {
  /// uint8 pixels 0…255 to float32 in `range`.
  public static func scale(to range: ClosedRange<Double> = 0...1) -> DataLoader.Transform {
    let width = range.upperBound - range.lowerBound
    return { batch, _ in
      Batch(inputs: batch.inputs.cast(to: .float32) * (width / 255) + range.lowerBound, targets: batch.targets)
    }
  }

  /// uint8 pixels 0…255 to float32 (x / 255 − mean) / standard deviation. For MNIST: .1307 and .3081.
  public static func normalize(mean: Double, standardDeviation: Double) -> DataLoader.Transform {
    scale(to: -mean / standardDeviation...(1 - mean) / standardDeviation)
  }

  /// Adds white Gaussian noise to float images and clips them to `range`. A standard deviation of 0 adds nothing.
  public static func gaussianNoise(standardDeviation: Double, in range: ClosedRange<Double>) -> DataLoader.Transform {
    { batch, generator in
      let noise = Tensor.normal(batch.inputs.shape, dtype: batch.inputs.dtype, using: &generator)
      return Batch(inputs: (batch.inputs + standardDeviation * noise).clamped(to: range), targets: batch.targets)
    }
  }

  /// One transform after another, drawing from one generator.
  public static func chain(_ transforms: DataLoader.Transform...) -> DataLoader.Transform {
    { batch, generator in
      var batch = batch
      for transform in transforms { batch = transform(batch, &generator) }
      return batch
    }
  }
}
