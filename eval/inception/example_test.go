package inception_test

import (
	"context"
	"fmt"
	"log"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/inception"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// The FID of two sets of images: their features, the moments of these, and the distance. Open fetches 96 MB of weights
// once, so tests only compile this.
func Example() {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	network, err := inception.Open(context.Background(), backend, inception.FID, inception.Options{})
	if err != nil {
		log.Fatal(err)
	}
	gaussian := func(pixels *tensors.Tensor) eval.Gaussian { // uint8, [n, height, width, 1 or 3]
		features, _, err := network.Extract(pixels)
		if err != nil {
			log.Fatal(err)
		}
		moments := eval.NewMoments(network.Dim())
		if err := moments.AddFloat32(features); err != nil {
			log.Fatal(err)
		}
		g, err := moments.Gaussian()
		if err != nil {
			log.Fatal(err)
		}
		return g
	}
	ours, theirs := make([]uint8, 4096*32*32*3), make([]uint8, 4096*32*32*3) // more images than features
	fid, err := eval.Frechet(
		gaussian(tensors.FromFlatDataAndDimensions(ours, 4096, 32, 32, 3)),
		gaussian(tensors.FromFlatDataAndDimensions(theirs, 4096, 32, 32, 3)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("FID %.2f\n", fid.Value)
}
