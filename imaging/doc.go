// Package imaging brings image data sets to the trainer and sample grids to the user.
//
// A data set is fetched once into the user's cache, verified by hash, and parsed into uint8 images
// in NHWC order (batch, height, width, channels). [Load] reads it, [Dataset.Batches] turns it into an
// endless, seekable GoMLX dataset whose batch is a pure function of (seed, step), and [Prepare] builds
// the graph that maps integers to the training range:
//
//	x = (k + u)/128 − 1,  u ~ U[0, 1),  k ∈ {0, …, 255},  x ∈ [−1, 1)
//
// [Quantize] is its exact inverse. The package knows nothing of models: it meets the rest of amgen
// through tensors only.
package imaging
