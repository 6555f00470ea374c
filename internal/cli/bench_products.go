package cli

// designProducts are a square, and what 3×3 convolutions of the presets come to.
var designProducts = []product{
	{m: 1024, k: 1024, n: 1024},
	{m: 8192, k: 1152, n: 128},
	{m: 8192, k: 288, n: 32},
	{m: 25088, k: 144, n: 16},
	{m: 6272, k: 288, n: 32},
}

// presetLayers are the products [m, k]·[k, n] that the presets' networks issue forwards, at the batches of the
// benchmark: dense layers of the pixels and of the embedded time, and the products of attention. Convolutions of 3×3
// are not here; the engine has other ways for them. A test compares the list with what the engine is asked for.
var presetLayers = map[string][]product{
	"tiny": {
		{m: 25088, k: 32, n: 16},
		{m: 25088, k: 16, n: 16},
		{m: 6272, k: 32, n: 32},
		{m: 6272, k: 16, n: 32},
		{m: 49, k: 49, n: 32, batch: 32},
		{m: 1568, k: 32, n: 32},
		{m: 32, k: 64, n: 64},
		{m: 32, k: 64, n: 32},
		{m: 32, k: 16, n: 64},
		{m: 32, k: 64, n: 16},
	},
	"cifar10-tiny": {
		{m: 8192, k: 64, n: 32},
		{m: 8192, k: 32, n: 32},
		{m: 2048, k: 64, n: 64},
		{m: 2048, k: 32, n: 64},
		{m: 64, k: 64, n: 64, batch: 8},
		{m: 512, k: 64, n: 64},
		{m: 8, k: 128, n: 128},
		{m: 8, k: 128, n: 64},
		{m: 8, k: 32, n: 128},
		{m: 8, k: 128, n: 32},
	},
	"mnist": {
		{m: 256, k: 256, n: 64, batch: 32},
		{m: 32768, k: 64, n: 32},
		{m: 32768, k: 32, n: 32},
		{m: 8192, k: 64, n: 64},
		{m: 8192, k: 32, n: 64},
		{m: 2048, k: 64, n: 64},
		{m: 64, k: 64, n: 64, batch: 32},
		{m: 32, k: 128, n: 128},
		{m: 32, k: 128, n: 64},
		{m: 32, k: 128, n: 32},
		{m: 32, k: 32, n: 128},
	},
	"cifar10": {
		{m: 4096, k: 256, n: 128},
		{m: 1024, k: 256, n: 256},
		{m: 256, k: 256, n: 256, batch: 4},
		{m: 4096, k: 128, n: 128},
		{m: 1024, k: 128, n: 256},
		{m: 256, k: 256, n: 256},
		{m: 64, k: 256, n: 256},
		{m: 64, k: 64, n: 256, batch: 4},
		{m: 4, k: 512, n: 512},
		{m: 4, k: 512, n: 256},
		{m: 16, k: 16, n: 256, batch: 4},
		{m: 4, k: 128, n: 512},
		{m: 4, k: 512, n: 128},
	},
}

// presetProducts are all products of a preset: of each y = x·w also the gradients by x, dy·wᵀ, and by w, xᵀ·dy. The
// derivatives of these, which Action Matching takes, are products of the same shapes.
func presetProducts(preset string) []product {
	var all []product
	for _, p := range presetLayers[preset] {
		all = append(all, p,
			product{m: p.m, k: p.n, n: p.k, transB: true, batch: p.batch},
			product{m: p.k, k: p.m, n: p.n, transA: true, batch: p.batch})
	}
	return all
}
