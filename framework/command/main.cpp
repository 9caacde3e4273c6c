// linseed: a command for checkpoints. docs/linseed.1 is its manual.
#include <linseed/framework/command/command.h>

int main(int argc, char** argv) { return linseed::command::run(argc, argv); }
