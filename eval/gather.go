package eval

import "github.com/amgen/amgen/internal/evenly"

// need says what of features a metric compares.
type need struct {
	gaussian bool // their mean and covariance
	cloud    bool // all of them, as points
	some     int  // so many of them, from all over
	classes  bool // the probabilities of classes
}

// gathering takes what is needed of features that come in chunks, so that each chunk is looked at once.
type gathering struct {
	need
	about         About
	moments       *Moments
	cloud, some   Cloud
	probabilities []float64
	at            int // images that came
	nfe           int // the most
	told          bool
}

func newGathering(about About, n need) *gathering {
	g := &gathering{need: n, about: about, told: true, cloud: Cloud{Dim: about.Dim}, some: Cloud{Dim: about.Dim}}
	if n.gaussian {
		g.moments = NewMoments(about.Dim)
	}
	if n.cloud {
		const most = 1 << 28 // numbers that memory is taken for before they have come
		g.cloud.Narrow = make([]float32, 0, min(about.Count, most/max(1, about.Dim))*about.Dim)
	}
	g.need.some = min(n.some, about.Count)
	return g
}

func (g *gathering) take(k chunk) error {
	g.told = g.told && k.nfe != nil
	for _, n := range k.nfe {
		g.nfe = max(g.nfe, int(n))
	}
	if g.moments != nil {
		if err := g.moments.AddFloat32(k.features); err != nil {
			return err
		}
	}
	if g.need.cloud {
		g.cloud.Narrow = append(g.cloud.Narrow, k.features...)
	}
	for first := 0; first < len(k.features); first += g.about.Dim {
		if have := g.some.Len(); have < g.need.some && g.at == evenly.Index(have, g.need.some, g.about.Count) {
			g.some.Narrow = append(g.some.Narrow, k.features[first:first+g.about.Dim]...)
		}
		g.at++
	}
	if g.need.classes {
		rows, err := Softmax(k.logits, g.about.Classes)
		if err != nil {
			return err
		}
		g.probabilities = append(g.probabilities, rows...)
	}
	return nil
}

// Features are what a metric compares of a [Set]: those of images that a network finds, or points as they are.
type Features struct {
	// Set that they are of.
	Set *Set
	// Store keeps those of images; nil for points and statistics.
	Store *Store
	// NFE is the most evaluations that one of the images took, of those that tell; Told is whether all do.
	NFE  int
	Told bool

	network       Network // that found them, nil for points and statistics
	gaussian      Gaussian
	cloud, some   Cloud
	probabilities []float64
	classes       int
}

// Gaussian is the normal distribution with the mean and the covariance of the features, where the metric compares
// these, as fid does; else it is empty.
func (f *Features) Gaussian() Gaussian { return f.gaussian }

// gathered fills in what was gathered of a set, for a need.
func (f *Features) gathered(g *gathering, n need) (err error) {
	f.NFE, f.Told = g.nfe, g.told
	f.cloud, f.some, f.probabilities, f.classes = g.cloud, g.some, g.probabilities, g.about.Classes
	f.cloud.Weights = f.Set.Weights
	switch {
	case g.moments != nil:
		f.gaussian, err = g.moments.Gaussian()
	case n.gaussian:
		f.gaussian, err = GaussianOf(f.cloud)
	}
	return err
}

// weighted makes the need for a mean and covariance one for all features, where these have weights.
func (n need) weighted(weights []float64) need {
	if weights != nil && n.gaussian {
		return need{cloud: true, classes: n.classes}
	}
	return n
}
