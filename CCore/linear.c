// Fully connected layers as matrix products. In the interleaved layout an activation is a features × images matrix, so
// the roles of the operands turn round: Y = W·X + bias per row, dX = Wᵀ·dY, dW = dY·Xᵀ. A row-major x is then Xᵀ: only the
// forward pass turns it, and dW reads everything as it lies.
#include "gemm.h"
#include "elementwise.h"
#include "kernels/kernels.h"

static cc_status check(const cc_linear_shape *s, cc_dtype dtype, cc_layout x_layout, cc_layout y_layout) {
  if (!s) return CC_BAD_POINTER;
  if (s->batch < 0 || s->inputs < 0 || s->outputs < 0) return CC_BAD_SHAPE;
  if (dtype == CC_FLOAT32 && (x_layout == CC_ROW_MAJOR || y_layout == CC_INTERLEAVED)) return CC_OK;
  return dtype == CC_FLOAT64 && x_layout == CC_ROW_MAJOR && y_layout == CC_ROW_MAJOR ? CC_OK : CC_UNSUPPORTED;
}

static size_t count_blocks(const cc_linear_shape *s) { return ((size_t)s->batch + CC_LANES - 1) / CC_LANES; }

static cc_matrix row_major(const void *data, size_t columns) { return (cc_matrix){(float *)data, columns, 16, false}; }
static cc_matrix interleaved(const void *data, size_t features) {
  return (cc_matrix){(float *)data, CC_LANES, features * CC_LANES, true};
}

cc_status cc_linear_forward(const cc_linear_shape *s, cc_dtype dtype, cc_layout x_layout, cc_layout y_layout, const void *x,
                            const void *weights, const void *bias, void *y) {
  cc_status status = check(s, dtype, x_layout, y_layout);
  if (status) return status;
  size_t batch = (size_t)s->batch, inputs = (size_t)s->inputs, outputs = (size_t)s->outputs;
  if (batch == 0 || outputs == 0) return CC_OK;
  if (!y || (inputs > 0 && (!x || !weights))) return CC_BAD_POINTER;
  if (dtype == CC_FLOAT64) {
    for (size_t i = 0; i < batch && bias; i++)
      for (size_t o = 0; o < outputs; o++) ((double *)y)[i * outputs + o] = ((const double *)bias)[o];
    return cc_gemm(dtype, false, true, batch, outputs, inputs, x, inputs, weights, inputs, bias != NULL, y, outputs);
  }
  cc_gemm_problem problem;
  if (y_layout == CC_INTERLEAVED)
    problem = (cc_gemm_problem){
        .m = outputs, .n = x_layout == CC_INTERLEAVED ? count_blocks(s) * CC_LANES : batch, .k = inputs,
        .a = row_major(weights, inputs), .b = x_layout == CC_INTERLEAVED ? interleaved(x, inputs) : row_major(x, inputs),
        .transpose_b = x_layout == CC_ROW_MAJOR, .c = interleaved(y, outputs),
        .start = bias ? CC_START_ROW_BIAS : CC_START_ZERO, .bias = bias,
    };
  else
    problem = (cc_gemm_problem){
        .m = batch, .n = outputs, .k = inputs,
        .a = row_major(x, inputs), .b = row_major(weights, inputs), .c = row_major(y, outputs), .transpose_b = true,
        .start = bias ? CC_START_COLUMN_BIAS : CC_START_ZERO, .bias = bias,
    };
  return cc_gemm_run(&problem);
}

cc_status cc_linear_backward_data(const cc_linear_shape *s, cc_dtype dtype, cc_layout layout, const void *dy,
                                  const void *weights, void *dx) {
  cc_status status = check(s, dtype, layout, layout);
  if (status) return status;
  size_t batch = (size_t)s->batch, inputs = (size_t)s->inputs, outputs = (size_t)s->outputs;
  if (batch == 0 || inputs == 0) return CC_OK;
  if (!dx || (outputs > 0 && (!dy || !weights))) return CC_BAD_POINTER;
  if (layout == CC_ROW_MAJOR)
    return cc_gemm(dtype, false, false, batch, inputs, outputs, dy, outputs, weights, inputs, false, dx, inputs);
  cc_gemm_problem problem = {
      .m = inputs, .n = count_blocks(s) * CC_LANES, .k = outputs,
      .a = row_major(weights, inputs), .b = interleaved(dy, outputs), .c = interleaved(dx, inputs), .transpose_a = true,
  };
  return cc_gemm_run(&problem);
}

cc_status cc_linear_backward_weights(const cc_linear_shape *s, cc_dtype dtype, cc_layout x_layout, cc_layout dy_layout,
                                     const void *x, const void *dy, void *dw, void *dbias) {
  cc_status status = check(s, dtype, x_layout, dy_layout);
  if (status) return status;
  size_t batch = (size_t)s->batch, inputs = (size_t)s->inputs, outputs = (size_t)s->outputs;
  if (outputs == 0) return CC_OK;
  if ((inputs > 0 && !dw) || (batch > 0 && (!dy || (inputs > 0 && !x)))) return CC_BAD_POINTER;
  if (dy_layout == CC_ROW_MAJOR) {
    status = cc_gemm(dtype, true, false, outputs, inputs, batch, dy, outputs, x, inputs, false, dw, inputs);
    if (status || !dbias) return status;
    return cc_reduce(CC_SUM, dtype, 1, batch, outputs, dy, dbias);
  }
  cc_gemm_problem problem = {
      .m = outputs, .n = inputs, .k = batch,
      .a = interleaved(dy, outputs), .b = x_layout == CC_INTERLEAVED ? interleaved(x, inputs) : row_major(x, inputs),
      .transpose_b = x_layout == CC_INTERLEAVED, .c = row_major(dw, inputs),
  };
  status = cc_gemm_run(&problem);
  if (dbias) cc_active_kernels()->gemm.sum_images(count_blocks(s), outputs, dy, dbias);
  return status;
}
