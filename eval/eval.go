// Package eval compares generated samples with reference samples.
//
// Samples are points, or the features that a network finds in images, and come as a [Cloud] of all of them, or as their
// [Moments] where those will do: [Frechet], the FID, takes these, streamed and merged from any number of parts. [KID],
// [PRDC], [MMD], [Sliced] and [Wasserstein] compare clouds; [InceptionScore] and [Balance] take what a network says of
// classes.
//
// A [Judge] does all of that by a metric's name: it takes two [Set] values, of images, points or statistics, and gives
// a [Report]; [Compare] compares two reports. [ArraySet], [PointSet] and [StatisticsSet] make sets of what is in
// memory, package arrayfile those of files. Features of images are kept in a [Store], so that they are computed once,
// by any number of processes.
//
// What each finds is an [Estimate], with a standard error where one is known. All is worked out in float64; one seed
// gives one value, on any number of cores.
package eval
