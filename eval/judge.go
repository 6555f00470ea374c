package eval

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/internal/version"
)

// Judge compares samples with a reference by a metric.
type Judge struct {
	// Metric is the name of one of [Metrics].
	Metric  string
	Options Options
	// Seed decides what the metric draws: subsets and directions.
	Seed int64

	// Network finds the features that images are compared in; nil takes their pixels. Points are compared as they are.
	Network Network
	// Engine names what the network computes on where that gives other last digits than backend simd; "" is simd.
	Engine string
	// Open returns the store that keeps the features of the samples, or of the reference; nil keeps none. See
	// [StoresIn].
	Open func(about About, reference bool) (*Store, error)
	// Memory is what there is of it, in bytes; 0 is any. A metric that takes all features of images is refused where
	// they don't fit.
	Memory int64
	// Progress is told, if it isn't nil, how many features of a set were computed now, and how many of all are done; 0
	// of each where it begins.
	Progress func(set *Set, computed, done, of int)
}

// StoresIn keeps features in folders of a directory, each named by the hash of all that its features depend on.
func StoresIn(dir string) func(About, bool) (*Store, error) {
	return func(about About, _ bool) (*Store, error) { return OpenStore(filepath.Join(dir, about.Key()), about) }
}

// Report evaluates the samples. A metric that takes samples alone needs no reference: nil. Sets that don't go together
// are refused before any feature is computed, see [Metric.Match].
func (j Judge) Report(ctx context.Context, samples, reference *Set) (Report, error) {
	began := time.Now()
	m, err := MetricByName(j.Metric)
	if err != nil {
		return Report{}, err
	}
	if reference == nil && !m.Alone {
		return Report{}, unfit("%s compares with a reference; give one", m.Name)
	}
	if err := m.Match(samples, reference, j.Options, j.network(samples).Name(),
		modeOf(j.network(samples))); err != nil {
		return Report{}, err
	}
	a, err := j.Samples(ctx, samples)
	if err != nil {
		return Report{}, err
	}
	var b *Features
	if !m.Alone {
		if b, err = j.Reference(ctx, reference); err != nil {
			return Report{}, err
		}
	}
	r, err := j.Compare(ctx, a, b)
	r.Seconds = time.Since(began).Seconds()
	return r, err
}

// Samples finds what the metric compares of the samples.
func (j Judge) Samples(ctx context.Context, s *Set) (*Features, error) {
	return j.features(ctx, s, false)
}

// Reference finds what the metric compares of the reference.
func (j Judge) Reference(ctx context.Context, s *Set) (*Features, error) {
	return j.features(ctx, s, true)
}

// Fill computes and keeps the features of a shard of the samples, all of them images, to be compared later, see
// [OpenShards].
func (j Judge) Fill(ctx context.Context, s *Set, shard Shard) (*Features, error) {
	if s.Images == nil || s.Weights != nil {
		return nil, unfit("%s has %s, and shards are of images of equal weights; use one process", s.Name, s.kind())
	}
	return j.extract(ctx, s, shard, false, need{})
}

func (j Judge) features(ctx context.Context, s *Set, reference bool) (*Features, error) {
	m, err := MetricByName(j.Metric)
	if err != nil {
		return nil, err
	}
	n, ofReference := m.needs(j.Options)
	if reference {
		n = ofReference
	}
	switch {
	case s.ofImages() && n.classes && j.network(s).Classes() == 0:
		return nil, unfit("%s needs a network that classifies, and %s doesn't", m.Name, j.network(s).Name())
	case s.Features != nil:
		return j.kept(s, n)
	case s.Images != nil:
		return j.extract(ctx, s, Shard{}, reference, n)
	case s.Points == nil && s.Gaussian == nil:
		return nil, unfit("%s has neither images nor points nor statistics; give one of them", s.Name)
	case s.Points == nil:
		return &Features{Set: s, gaussian: *s.Gaussian}, nil
	}
	f := &Features{Set: s, cloud: *s.Points}
	if s.Points.Weights == nil {
		f.some = f.cloud
	}
	if n.gaussian {
		f.gaussian, err = GaussianOf(f.cloud)
	}
	return f, err
}

// checkMemory refuses features that don't fit into memory: those of two sets as large as this, kept as they come and
// once more as numbers to compute with.
func (j Judge) checkMemory(s *Set, dim int, n need) error {
	const sets, bytes = 2, 4 + 8
	if need := sets * bytes * float64(dim) * float64(s.Count); n.cloud && j.Memory > 0 && need > float64(j.Memory) {
		return unfit("%s takes all features of %d images of %s, which need %s of memory, and there are %s; take "+
			"fewer images", j.Metric, s.Count, s.Name, humanize.SIWithDigits(need, 1, "B"),
			humanize.SIWithDigits(float64(j.Memory), 1, "B"))
	}
	return nil
}

// network is that of a set of images.
func (j Judge) network(s *Set) Network {
	if j.Network != nil {
		return j.Network
	}
	return Pixels{Height: s.Height, Width: s.Width, Channels: s.Channels}
}

// modeOf is the preprocessing of a network that has several.
func modeOf(net Network) string {
	if n, ok := net.(interface{ Mode() resize.Mode }); ok {
		return string(n.Mode())
	}
	return ""
}

// extract computes the features of images, as far as they aren't kept, and takes what is needed of them.
func (j Judge) extract(ctx context.Context, s *Set, shard Shard, reference bool, n need) (*Features, error) {
	net := j.network(s)
	about := Describe(net, s.Images)
	if about.Hash != "" {
		about.Engine = j.Engine
	}
	f := &Features{Set: s, Store: &Store{About: about}, network: net}
	if j.Open != nil {
		var err error
		if f.Store, err = j.Open(about, reference); err != nil {
			return nil, err
		}
	}
	need := n.weighted(s.Weights)
	if err := j.checkMemory(s, net.Dim(), need); err != nil {
		return nil, err
	}
	progress := func(computed, done, of int) {
		if j.Progress != nil {
			j.Progress(s, computed, done, of)
		}
	}
	progress(0, 0, s.Count) // it begins
	g := newGathering(about, need)
	err := f.Store.fill(ctx, net, s.Images, shard, progress, g.take)
	if err != nil {
		return nil, err
	}
	return f, f.gathered(g, n)
}

// kept takes what is needed of features that were computed before, by the same network.
func (j Judge) kept(s *Set, n need) (*Features, error) {
	net := j.network(s)
	if err := j.checkMemory(s, net.Dim(), n.weighted(s.Weights)); err != nil {
		return nil, err
	}
	if by := s.Features.About; by.Network != net.Name() || by.Hash != net.Hash() || by.Mode != modeOf(net) {
		return nil, fmt.Errorf("eval: features of %s are by %s %s, and %s %s is to compare them; compute them again",
			s.Name, by.Network, by.Mode, net.Name(), modeOf(net))
	}
	f := &Features{Set: s, Store: s.Features, network: net}
	g := newGathering(s.Features.About, n.weighted(s.Weights))
	if err := s.Features.each(g.take); err != nil {
		return nil, err
	}
	return f, f.gathered(g, n)
}

// Compare compares the features of samples with those of a reference; nil for a metric that takes samples alone.
// Algebra that takes minutes can't be interrupted: where ctx ends first, it goes on by itself, and what it finds is
// lost.
func (j Judge) Compare(ctx context.Context, samples, reference *Features) (Report, error) {
	m, err := MetricByName(j.Metric)
	if err != nil {
		return Report{}, err
	}
	o, err := m.resolve(j.Options)
	if err != nil {
		return Report{}, err
	}
	r := newReport(m, o, samples, reference)
	type answer struct {
		outcome
		err error
	}
	done := make(chan answer, 1)
	go func() {
		found, err := m.compare(samples, reference, o, j.Seed)
		done <- answer{found, err}
	}()
	var found answer
	select {
	case found = <-done:
	case <-ctx.Done():
		return r, ctx.Err()
	}
	if found.err != nil {
		return r, found.err
	}
	if name, v, is := found.infinite(m.Name); is {
		return r, fmt.Errorf("%s comes out as %g; check the samples and the reference for numbers that are far too "+
			"large or equal throughout", name, v)
	}
	r.Value, r.Stderr, r.Parts = found.Value, found.StdErr, found.parts
	if found.Warning != "" {
		r.Warnings = append(r.Warnings, found.Warning)
	}
	return r, nil
}

// newReport is a report of all but what the metric finds.
func newReport(m Metric, o Options, samples, reference *Features) Report {
	r := Report{Metric: m.Name, ValueName: m.ValueName, Samples: samples.Set.Reported(), Version: version.Amgen()}
	r.Samples.NFE = samples.NFE
	r.Measure = Measure{Metric: m.Name, Class: r.Samples.Class, Network: rawFeatures, Count: samples.Set.Count,
		Options: m.reported(o)}
	sets, net := []*Features{samples}, samples.network
	if reference != nil {
		s := reference.Set
		r.Measure.Reference, r.Measure.ReferenceHash, r.Measure.ReferenceCount = s.Name, s.identity(), s.Count
		r.ReferenceWeightedBy = s.WeightedBy
		sets, net = append(sets, reference), cmp.Or(net, reference.network)
	}
	for _, f := range sets {
		for _, note := range f.Set.Notes {
			if text := fmt.Sprintf("%s: %s", f.Set.Name, note); !slices.Contains(r.Warnings, text) {
				r.Warnings = append(r.Warnings, text)
			}
		}
	}
	if net != nil {
		r.Measure.Network, r.Measure.NetworkHash, r.Measure.Mode = net.Name(), net.Hash(), modeOf(net)
	}
	if noted, ok := net.(interface{ Note() string }); ok && noted.Note() != "" {
		r.Warnings = append(r.Warnings, noted.Note())
	}
	return r
}
