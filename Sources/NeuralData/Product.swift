/// The product of non-negative `sizes`, or nil if it does not fit an `Int`.
func product(of sizes: [Int]) -> Int? {
  if sizes.contains(0) { return 0 }
  var product = 1
  for size in sizes {
    let (next, overflow) = product.multipliedReportingOverflow(by: size)
    if overflow { return nil }
    product = next
  }
  return product
}
