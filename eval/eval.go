// Package eval judges generated samples against those of the truth.
//
// Low-dimensional points come as a [Cloud] and are compared by the maximum mean discrepancy, [MMD], and by exact or
// sliced Wasserstein distances, [Wasserstein] and [Sliced].
package eval
