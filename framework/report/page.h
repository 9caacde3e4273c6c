// The page of a run: all there is to see of it, in one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <linseed/framework/data/dataset.h>
#include <linseed/framework/report/health.h>

namespace linseed {

struct ReportOptions {
  /// Labelled images to judge the network by: a path for data::open_images, whose test set is
  /// taken.
  std::filesystem::path data = {};
  data::Dataset images = {};              // or these, as they are
  std::optional<std::int64_t> step = {};  // of the checkpoint; default: the newest
  std::string prefix = "checkpoint_";     // of its name, before the step; others must be there
  HealthOptions health = {};              // how it is examined
  int worst_images = 24;                  // how many are shown
};

/// A page of HTML about the run in directory `run`: numbers to begin with, curves, what
/// check_health finds, layers, filters of the first layer, the spread of BatchNorm's statistics, a
/// confusion matrix with the worst images, settings and machine. It needs no other file, no network
/// and no script, and the same run gives the same bytes.
///
/// It shows what it finds; of the rest it says in one sentence how to get it:
///   metrics.jsonl       a MetricsLog: curves, settings, machine. "train/loss", "loss" and
///                       "test/loss" are lines of one chart. Of "accuracy", "images/s" and "epoch"
///                       the page makes headlines.
///   checkpoint_<step>   tensors; settings, of which "classes" is a list of names; and the function
///                       "predict" (see export_function): layers, and what it says about `data`
///
/// IoError if there is no such directory, checkpoint or data, or nothing of this in it. What is
/// damaged, also of the images, is named on the page, and an error only where nothing else is left.
/// InvalidArgument if
/// there are `data` and no checkpoint to judge them, or they do not fit; NotSupported if there is
/// no "predict", or it does not take images and return logits.
std::string report_page(const std::filesystem::path& run, const ReportOptions& options = {});

/// Writes the page as `file`, whole or not at all, in place of what is there. IoError; otherwise as
/// report_page.
void write_report(const std::filesystem::path& run, const std::filesystem::path& file,
                  const ReportOptions& options = {});

}  // namespace linseed
