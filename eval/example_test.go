package eval_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/amgen/amgen/eval"
)

// around are points of a normal distribution around a mean.
func around(seed uint64, n int, mean float64) eval.Cloud {
	r := rand.New(rand.NewPCG(seed, 0))
	c := eval.Cloud{Dim: 2}
	for range n * c.Dim {
		c.X = append(c.X, mean+r.NormFloat64())
	}
	return c
}

// A judge takes a metric by its name. Here points are judged, whose distribution is off by 1 in both directions: the
// squared Fréchet distance is 2.
func ExampleJudge() {
	judge := eval.Judge{Metric: "fid"}
	reference := eval.PointSet("reference", around(1, 100000, 0), 0)
	report, err := judge.Report(context.Background(), eval.PointSet("samples", around(2, 100000, 1), 0), reference)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f ± %.2f of %d against %d\n", report.Value, *report.Stderr, report.Measure.Count,
		report.Measure.ReferenceCount)
	// Output: 2.0 ± 0.01 of 100000 against 100000
}

// Images in memory are judged by their pixels, unless the judge has a network; package features opens one by its name.
// Two reports can be compared where they were measured alike.
func ExampleCompare() {
	grey := func(seed uint64, brightest uint32) *eval.Set {
		r := rand.New(rand.NewPCG(seed, 0))
		images := &eval.ImageArray{Height: 2, Width: 2, Channels: 1}
		for range 500 * 4 {
			images.Pixels = append(images.Pixels, uint8(r.Uint32N(brightest)))
		}
		set, err := eval.ArraySet("grey", images, 0)
		if err != nil {
			log.Fatal(err)
		}
		return set
	}
	reference := grey(1, 256)
	judge := eval.Judge{Metric: "sw2", Options: eval.Options{Projections: 50}}
	dark, err := judge.Report(context.Background(), grey(2, 128), reference)
	if err != nil {
		log.Fatal(err)
	}
	bright, err := judge.Report(context.Background(), grey(3, 256), reference)
	if err != nil {
		log.Fatal(err)
	}
	c, err := eval.Compare(dark, bright)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.A.Value > 5*c.B.Value, c.Difference.Value < 0)
	judge.Options.Projections = 60
	other, err := judge.Report(context.Background(), grey(3, 256), reference)
	if err != nil {
		log.Fatal(err)
	}
	_, err = eval.Compare(dark, other)
	fmt.Println(err)
	// Output:
	// true true
	// eval: not measured alike: options.projections: 50 and 60; measure one of them again
}
