// All of linseed that users need, in one header.
#pragma once

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/convolution.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/loss.h>
#include <linseed/modules/pooling.h>
#include <linseed/optim/adam.h>
#include <linseed/optim/momentum.h>
#include <linseed/optim/schedule.h>
