package lenet

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
)

// seen is what the metrics know of a set of images.
type seen struct {
	features eval.Cloud
	logits   []float32
}

func look(t *testing.T, network *Network, images []uint8) seen {
	t.Helper()
	features, logits := extract(t, network, grey(images, Side))
	cloud, err := eval.CloudOf(tensors.FromFlatDataAndDimensions(features, len(features)/network.Dim(), network.Dim()))
	if err != nil {
		t.Fatal(err)
	}
	return seen{cloud, logits}
}

type verdict struct{ frechet, kernel, recall, variation float64 }

func judge(t *testing.T, generated, reference seen) verdict {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	gaussian := func(c eval.Cloud) eval.Gaussian {
		m, err := eval.MomentsOf(c)
		must(err)
		g, err := m.Gaussian()
		must(err)
		return g
	}
	frechet, err := eval.Frechet(gaussian(generated.features), gaussian(reference.features))
	must(err)
	kernel, err := eval.KID{Subsets: 1}.Between(generated.features, reference.features)
	must(err)
	manifolds, err := eval.PRDC{}.Between(generated.features, reference.features)
	must(err)
	ours, err := eval.ClassCounts(generated.logits, classCount)
	must(err)
	theirs, err := eval.ClassCounts(reference.logits, classCount)
	must(err)
	balance, err := eval.CompareClasses(ours, theirs)
	must(err)
	return verdict{frechet.Value, kernel.Value, manifolds.Recall.Value, balance.TotalVariation.Value}
}

// TestDistances wants distances in the features of real images to grow with what is done to these: noise, blur, classes
// left out. It runs where the data set is in the cache. Package eval measures more of it, see
// docs/measurements/evaluation.md.
func TestDistances(t *testing.T) {
	for _, dataset := range Datasets() {
		t.Run(dataset, func(t *testing.T) {
			reference, test := load(t, dataset, imaging.Train), load(t, dataset, imaging.Test)
			network := open(t, dataset)
			against := look(t, network, reference.Images)
			verdictOf := func(images []uint8) verdict { return judge(t, look(t, network, images), against) }
			whole := verdictOf(test.Images)
			grows := func(name string, levels []int, damage func(level int) []uint8) (worst verdict) {
				last := whole
				for _, level := range levels {
					v := verdictOf(damage(level))
					if !(v.frechet > last.frechet) || !(v.kernel > last.kernel) {
						t.Errorf(name+": Fréchet %.4f and KID %.5f, want more than the %.4f and %.5f of less damage",
							level, v.frechet, v.kernel,
							last.frechet, last.kernel)
					}
					last = v
				}
				return last
			}
			worst := grows("noise of %d grey levels", []int{16, 32, 64, 128},
				func(level int) []uint8 { return noisy(test.Images, float64(level)) })
			// Not so precision: to a classifier, noise may look like some class.
			if !(worst.recall <= whole.recall/2) {
				t.Errorf("under heavy noise recall %.3f, want less than half of %.3f", worst.recall, whole.recall)
			}
			grows("blurred %d times", []int{1, 2}, func(level int) []uint8 { return blurred(test.Images, level) })
			worst = grows("%d classes left out", []int{1, 2, 5},
				func(level int) []uint8 { return without(test, level) })
			if !(worst.variation >= 0.4 && worst.recall <= whole.recall-0.1) {
				t.Errorf("without half of the classes total variation %.3f and recall %.3f, want about 0.5, and "+
					"below %.3f", worst.variation,
					worst.recall, whole.recall)
			}
		})
	}
}

func load(t *testing.T, dataset string, split imaging.Split) *imaging.Dataset {
	t.Helper()
	info, err := imaging.Describe(dataset, imaging.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !info.Cached {
		t.Skipf("%s is not in the cache; `amgen data fetch %s` brings it", dataset, dataset)
	}
	data, err := imaging.Load(t.Context(), dataset, split, imaging.Options{Offline: true, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// noisy adds normal noise of so many grey levels.
func noisy(images []uint8, deviation float64) []uint8 {
	rng := rand.New(rand.NewPCG(1, 1))
	out := make([]uint8, len(images))
	for i, v := range images {
		out[i] = uint8(min(max(float64(v)+deviation*rng.NormFloat64(), 0), 255))
	}
	return out
}

// blurred takes means of 3×3 pixels, so many times; outside is black.
func blurred(images []uint8, times int) []uint8 {
	for range times {
		out := make([]uint8, len(images))
		for i := range images {
			y, x := i/Side%Side, i%Side
			sum := 0
			for dy := max(-1, -y); dy <= min(1, Side-1-y); dy++ {
				for dx := max(-1, -x); dx <= min(1, Side-1-x); dx++ {
					sum += int(images[i+dy*Side+dx])
				}
			}
			out[i] = uint8(sum / 9)
		}
		images = out
	}
	return images
}

// without leaves out the images of the first so many classes.
func without(data *imaging.Dataset, classes int) []uint8 {
	var out []uint8
	for i, label := range data.Labels {
		if int(label) >= classes {
			out = append(out, data.Image(i)...)
		}
	}
	return out
}
