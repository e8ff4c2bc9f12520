import Foundation

/// Scales all gradients by one factor so that their norm together is at most `maximum`, as
/// `torch.nn.utils.clip_grad_norm_` (Pascanu, Mikolov and Bengio 2013). Between `backward()` and the optimizer's step.
///
/// - Parameters:
///   - model: gradients of its parameters are scaled.
///   - maximum: at least 0.
///   - order: of the norm; positive: 2 is the Euclidean, infinity the largest magnitude.
/// - Returns: the norm before.
@discardableResult
public func clipGradients(_ model: Module, norm maximum: Double, order: Double = 2) -> Double {
  require(maximum >= 0 && order > 0, "clipGradients", "norm \(maximum) of order \(order)")
  let clipped = model.parameters.filter { $0.grad != nil }
  let norms = clipped.compactMap { $0.grad?.totalNorm(order: order) }
  let norm = Tensor(norms).totalNorm(order: order)
  let factor = maximum / (norm + 1e-6)
  if factor < 1 { for parameter in clipped { parameter.grad = parameter.grad.map { $0 * factor } } }
  return norm
}

/// Limits every element of every gradient to [−limit, limit], as `torch.nn.utils.clip_grad_value_`; the limit is at least 0.
public func clipGradients(_ model: Module, value limit: Double) {
  require(limit >= 0, "clipGradients", "value \(limit) is negative")
  for parameter in model.parameters {
    guard let gradient = parameter.grad else { continue }
    let bound = Tensor(limit, dtype: gradient.dtype)
    parameter.grad = Tensor.maximum(Tensor.minimum(gradient, bound), -bound)
  }
}

extension Tensor {
  /// (Σ |x|ᵖ)^(1/p) over all elements, in double precision; of order infinity the largest |x|. 0 without elements.
  fileprivate func totalNorm(order: Double) -> Double {
    if count == 0 { return 0 }
    let magnitudes = detached().abs()
    if order.isInfinite { return magnitudes.max().scalar }
    // Divided by the largest first: no overflow, and what is lost to underflow does not matter.
    let largest = magnitudes.max().scalar
    if largest == 0 || !largest.isFinite { return largest }
    let sum = order == 2 ? (magnitudes / largest).squared().sum() : (magnitudes / largest).pow(order).sum()
    return largest * Foundation.pow(sum.scalar, 1 / order)
  }
}
