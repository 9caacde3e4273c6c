// Writes an event file for TensorBoard's own reader: write_events DIRECTORY
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/report/event_writer.h>

using namespace linseed;

int main(int, char** arguments) {
  EventWriter events(arguments[1]);
  for (int step = 0; step < 3; ++step) events.scalar("loss", 1.5 - 0.5 * step, step);
  events.text("note", "hello **world**", 1);
  events.histogram("numbers", arange(1000), 1, 2);
  // Red falls from left to right, the other channels are 0 and 255.
  const Tensor row = reshape(arange(40, float32) / 40, {1, 40, 1});
  const Tensor red = broadcast_to(row, {20, 40, 1});
  events.image("ramp", concatenate({red, zeros({20, 40, 1}), ones({20, 40, 1})}, 2), 1);
  events.hparams({{"rate", 0.25}, {"norm", true}, {"rule", "adam"}, {"batch", 128}}, {"loss"});
}
