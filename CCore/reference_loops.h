// The loops of reference.c for one element type: REAL, and NAME(f) for its functions. A task is one image's channel (or
// one pair of channels for the weight gradient), so every result has one owner and a fixed order of additions.

// y[n][k] for task n·K + k.
static void NAME(conv_forward)(void *context, size_t task) {
  const conv_job *job = context;
  const cc_conv_shape *s = &job->shape;
  const REAL *weights = job->weights, *bias = job->bias;
  size_t n = task / s->out_channels, k = task % s->out_channels;
  size_t depth = s->in_channels / s->groups, group = k / (s->out_channels / s->groups);
  const REAL *x = (const REAL *)job->x + (n * s->in_channels + group * depth) * s->in_height * s->in_width;
  REAL *y = (REAL *)job->y + task * job->out_height * job->out_width;
  for (int64_t out_row = 0; out_row < job->out_height; out_row++)
    for (int64_t out_column = 0; out_column < job->out_width; out_column++) {
      int64_t top = out_row * s->stride_height - s->pad_top, left = out_column * s->stride_width - s->pad_left;
      cc_range rows = cc_inside(top, s->dilation_height, s->kernel_height, s->in_height);
      cc_range columns = cc_inside(left, s->dilation_width, s->kernel_width, s->in_width);
      double sum = bias ? bias[k] : 0;
      for (size_t c = 0; c < depth; c++)
        for (int64_t i = rows.begin; i < rows.end; i++) {
          const REAL *x_row = x + (c * s->in_height + top + i * s->dilation_height) * s->in_width;
          const REAL *taps = weights + ((k * depth + c) * s->kernel_height + i) * s->kernel_width;
          for (int64_t j = columns.begin; j < columns.end; j++)
            sum += (double)taps[j] * x_row[left + j * s->dilation_width];
        }
      y[out_row * job->out_width + out_column] = (REAL)sum;
    }
}

// dx[n][c] for task n·C + c: every pixel gathers from the outputs whose windows hold it.
static void NAME(conv_backward_data)(void *context, size_t task) {
  const conv_job *job = context;
  const cc_conv_shape *s = &job->shape;
  const REAL *weights = job->weights;
  size_t n = task / s->in_channels, c = task % s->in_channels;
  size_t depth = s->in_channels / s->groups, outputs = s->out_channels / s->groups, group = c / depth;
  size_t out_plane = (size_t)job->out_height * job->out_width, taps = (size_t)s->kernel_height * s->kernel_width;
  const REAL *dy = (const REAL *)job->y + (n * s->out_channels + group * outputs) * out_plane;
  REAL *dx = (REAL *)job->x + task * s->in_height * s->in_width;
  for (int64_t row = 0; row < s->in_height; row++)
    for (int64_t column = 0; column < s->in_width; column++) {
      double sum = 0;
      for (int64_t i = 0; i < s->kernel_height; i++)
        for (int64_t j = 0; j < s->kernel_width; j++) {
          int64_t down = row + s->pad_top - i * s->dilation_height, right = column + s->pad_left - j * s->dilation_width;
          if (down < 0 || right < 0 || down % s->stride_height || right % s->stride_width) continue;
          int64_t out_row = down / s->stride_height, out_column = right / s->stride_width;
          if (out_row >= job->out_height || out_column >= job->out_width) continue;
          const REAL *dy_pixel = dy + out_row * job->out_width + out_column;
          const REAL *tap = weights + (group * outputs * depth + c % depth) * taps + i * s->kernel_width + j;
          for (size_t k = 0; k < outputs; k++) sum += (double)tap[k * depth * taps] * dy_pixel[k * out_plane];
        }
      dx[row * s->in_width + column] = (REAL)sum;
    }
}

// dw[k][c] for task k·C/groups + c, and dbias[k] with c = 0.
static void NAME(conv_backward_weights)(void *context, size_t task) {
  const conv_job *job = context;
  const cc_conv_shape *s = &job->shape;
  size_t depth = s->in_channels / s->groups, k = task / depth, c = task % depth;
  size_t channel = k / (s->out_channels / s->groups) * depth + c;
  size_t in_plane = (size_t)s->in_height * s->in_width, out_plane = (size_t)job->out_height * job->out_width;
  const REAL *x = (const REAL *)job->x + channel * in_plane, *dy = (const REAL *)job->y + k * out_plane;
  REAL *dw = (REAL *)job->weights + task * s->kernel_height * s->kernel_width, *dbias = job->bias;
  for (int64_t i = 0; i < s->kernel_height; i++)
    for (int64_t j = 0; j < s->kernel_width; j++) {
      int64_t top = i * s->dilation_height - s->pad_top, left = j * s->dilation_width - s->pad_left;
      cc_range rows = cc_inside(top, s->stride_height, job->out_height, s->in_height);
      cc_range columns = cc_inside(left, s->stride_width, job->out_width, s->in_width);
      double sum = 0;
      for (size_t n = 0; n < (size_t)s->batch; n++)
        for (int64_t row = rows.begin; row < rows.end; row++) {
          const REAL *dy_row = dy + n * s->out_channels * out_plane + row * job->out_width;
          const REAL *x_row = x + n * s->in_channels * in_plane + (top + row * s->stride_height) * s->in_width;
          for (int64_t column = columns.begin; column < columns.end; column++)
            sum += (double)dy_row[column] * x_row[left + column * s->stride_width];
        }
      dw[i * s->kernel_width + j] = (REAL)sum;
    }
  if (!dbias || c) return;
  double sum = 0;
  for (size_t n = 0; n < (size_t)s->batch; n++)
    for (size_t pixel = 0; pixel < out_plane; pixel++) sum += dy[n * s->out_channels * out_plane + pixel];
  dbias[k] = (REAL)sum;
}

// y[n][c] and its winners for task n·C + c.
static void NAME(max_pool_forward)(void *context, size_t task) {
  const pool_job *job = context;
  const cc_pool_shape *s = &job->shape;
  const REAL *x = (const REAL *)job->x + task * s->in_height * s->in_width;
  size_t at = task * job->out_height * job->out_width;
  for (int64_t row = 0; row < job->out_height; row++)
    for (int64_t column = 0; column < job->out_width; column++, at++) {
      cc_window w = cc_window_at(s, row, column);
      int64_t winner = w.rows.begin * s->kernel_width + w.columns.begin;
      REAL best = x[(w.top + w.rows.begin) * s->in_width + w.left + w.columns.begin];
      for (int64_t i = w.rows.begin; i < w.rows.end; i++)
        for (int64_t j = w.columns.begin; j < w.columns.end; j++) {
          REAL value = x[(w.top + i) * s->in_width + w.left + j];
          if (!(value > best) && value == value) continue;
          best = value;
          winner = i * s->kernel_width + j;
        }
      bool dead = s->rectifies && best <= 0;
      ((REAL *)job->y)[at] = dead ? 0 : best;
      if (job->winner) job->winner[at] = (uint16_t)(dead ? CC_NO_WINNER : winner);
    }
}

static void NAME(max_pool_backward)(void *context, size_t task) {
  const pool_job *job = context;
  const cc_pool_shape *s = &job->shape;
  REAL *dx = (REAL *)job->x + task * s->in_height * s->in_width;
  size_t at = task * job->out_height * job->out_width;
  memset(dx, 0, sizeof(REAL) * s->in_height * s->in_width);
  for (int64_t row = 0; row < job->out_height; row++)
    for (int64_t column = 0; column < job->out_width; column++, at++) {
      if (job->winner[at] == CC_NO_WINNER) continue;
      cc_window w = cc_window_at(s, row, column);
      int64_t i = job->winner[at] / s->kernel_width, j = job->winner[at] % s->kernel_width;
      dx[(w.top + i) * s->in_width + w.left + j] += ((const REAL *)job->y)[at];
    }
}

static void NAME(average_pool_forward)(void *context, size_t task) {
  const pool_job *job = context;
  const cc_pool_shape *s = &job->shape;
  const REAL *x = (const REAL *)job->x + task * s->in_height * s->in_width;
  size_t at = task * job->out_height * job->out_width;
  for (int64_t row = 0; row < job->out_height; row++)
    for (int64_t column = 0; column < job->out_width; column++, at++) {
      cc_window w = cc_window_at(s, row, column);
      double sum = 0;
      for (int64_t i = w.rows.begin; i < w.rows.end; i++)
        for (int64_t j = w.columns.begin; j < w.columns.end; j++) sum += x[(w.top + i) * s->in_width + w.left + j];
      ((REAL *)job->y)[at] = (REAL)(sum / (double)cc_window_divisor(s, &w));
    }
}

static void NAME(average_pool_backward)(void *context, size_t task) {
  const pool_job *job = context;
  const cc_pool_shape *s = &job->shape;
  REAL *dx = (REAL *)job->x + task * s->in_height * s->in_width;
  size_t at = task * job->out_height * job->out_width;
  memset(dx, 0, sizeof(REAL) * s->in_height * s->in_width);
  for (int64_t row = 0; row < job->out_height; row++)
    for (int64_t column = 0; column < job->out_width; column++, at++) {
      cc_window w = cc_window_at(s, row, column);
      REAL share = (REAL)(((const REAL *)job->y)[at] / (double)cc_window_divisor(s, &w));
      for (int64_t i = w.rows.begin; i < w.rows.end; i++)
        for (int64_t j = w.columns.begin; j < w.columns.end; j++) dx[(w.top + i) * s->in_width + w.left + j] += share;
    }
}
