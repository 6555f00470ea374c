package bench

import (
	"github.com/amgen/amgen/internal/products"
)

// designProducts are a square, and what 3×3 convolutions of the presets come to.
var designProducts = []products.Product{
	{M: 1024, K: 1024, N: 1024},
	{M: 8192, K: 1152, N: 128},
	{M: 8192, K: 288, N: 32},
	{M: 25088, K: 144, N: 16},
	{M: 6272, K: 288, N: 32},
}

// presetLayers are the products [m, k]·[k, n] that the presets' networks issue forwards, at the batches of the
// benchmark: dense layers of the pixels and of the embedded time, and the products of attention. Convolutions of 3×3
// are not here; the engine has other ways for them. A test compares the list with what the engine is asked for.
var presetLayers = map[string][]products.Product{
	"tiny": {
		{M: 25088, K: 32, N: 16},
		{M: 25088, K: 16, N: 16},
		{M: 6272, K: 32, N: 32},
		{M: 6272, K: 16, N: 32},
		{M: 49, K: 49, N: 32, Batch: 32},
		{M: 1568, K: 32, N: 32},
		{M: 32, K: 64, N: 64},
		{M: 32, K: 64, N: 32},
		{M: 32, K: 16, N: 64},
		{M: 32, K: 64, N: 16},
	},
	"mnist-small": {
		{M: 6272, K: 64, N: 32},
		{M: 6272, K: 32, N: 32},
		{M: 1568, K: 64, N: 64},
		{M: 1568, K: 32, N: 64},
		{M: 49, K: 49, N: 64, Batch: 32},
		{M: 32, K: 128, N: 128},
		{M: 32, K: 128, N: 64},
		{M: 32, K: 128, N: 32},
		{M: 32, K: 32, N: 128},
	},
	"cifar10-tiny": {
		{M: 8192, K: 64, N: 32},
		{M: 8192, K: 32, N: 32},
		{M: 2048, K: 64, N: 64},
		{M: 2048, K: 32, N: 64},
		{M: 64, K: 64, N: 64, Batch: 8},
		{M: 512, K: 64, N: 64},
		{M: 8, K: 128, N: 128},
		{M: 8, K: 128, N: 64},
		{M: 8, K: 32, N: 128},
		{M: 8, K: 128, N: 32},
	},
	"cifar10-small": {
		{M: 2048, K: 72, N: 36},
		{M: 2048, K: 36, N: 36},
		{M: 512, K: 72, N: 72},
		{M: 512, K: 36, N: 72},
		{M: 128, K: 72, N: 72},
		{M: 64, K: 64, N: 72, Batch: 8},
		{M: 16, K: 16, N: 72, Batch: 8},
		{M: 8, K: 144, N: 144},
		{M: 8, K: 144, N: 72},
		{M: 8, K: 144, N: 36},
		{M: 8, K: 36, N: 144},
	},
	"mnist": {
		{M: 256, K: 256, N: 64, Batch: 32},
		{M: 32768, K: 64, N: 32},
		{M: 32768, K: 32, N: 32},
		{M: 8192, K: 64, N: 64},
		{M: 8192, K: 32, N: 64},
		{M: 2048, K: 64, N: 64},
		{M: 64, K: 64, N: 64, Batch: 32},
		{M: 32, K: 128, N: 128},
		{M: 32, K: 128, N: 64},
		{M: 32, K: 128, N: 32},
		{M: 32, K: 32, N: 128},
	},
	"cifar10": {
		{M: 4096, K: 256, N: 128},
		{M: 1024, K: 256, N: 256},
		{M: 256, K: 256, N: 256, Batch: 4},
		{M: 4096, K: 128, N: 128},
		{M: 1024, K: 128, N: 256},
		{M: 256, K: 256, N: 256},
		{M: 64, K: 256, N: 256},
		{M: 64, K: 64, N: 256, Batch: 4},
		{M: 4, K: 512, N: 512},
		{M: 4, K: 512, N: 256},
		{M: 16, K: 16, N: 256, Batch: 4},
		{M: 4, K: 128, N: 512},
		{M: 4, K: 512, N: 128},
	},
}

// presetProducts are all products of a preset: of each y = x·w also the gradients by x, dy·wᵀ, and by w, xᵀ·dy. The
// derivatives of these, which Action Matching takes, are products of the same shapes.
func presetProducts(preset string) []products.Product {
	var all []products.Product
	for _, p := range presetLayers[preset] {
		all = append(all, p,
			products.Product{M: p.M, K: p.N, N: p.K, TransB: true, Batch: p.Batch},
			products.Product{M: p.K, K: p.M, N: p.N, TransA: true, Batch: p.Batch})
	}
	return all
}
