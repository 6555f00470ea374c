package eval

import (
	"fmt"

	"github.com/amgen/amgen/eval/resize"
)

// FIDNetwork is the name of the network of the published FIDs, see package inception.
const FIDNetwork = "inception-v3-fid"

// dimFID is that of its features.
const dimFID = 2048

// Match decides what of both sets the metric compares in the features of a network, of the given name and
// preprocessing, and refuses what can't be compared before anything is computed: mostly with an [UnfitError] or a
// [CountError]. Without a reference, nil, it checks the samples alone. It may change the sets: statistics beside
// images stay or go, and colour images that are grey become grey ones where the others are.
func (m Metric) Match(samples, reference *Set, o Options, network, mode string) error {
	sets := []*Set{samples}
	if reference != nil && !m.Alone {
		sets = append(sets, reference)
	}
	for _, s := range sets {
		if err := m.checkWeights(s, o); err != nil {
			return err
		}
	}
	if err := m.checkLabels(samples); err != nil {
		return err
	}
	for _, s := range sets {
		m.chooseStatistics(s, network, mode, s == samples && o.Extrapolate)
		if err := m.checkKind(s, s == samples && o.Extrapolate); err != nil {
			return err
		}
	}
	if len(sets) > 1 {
		matchColours(samples, reference)
		if err := comparable(samples, reference); err != nil {
			return err
		}
	}
	return m.checkCounts(sets, o)
}

// checkWeights refuses weighted samples where a metric takes all for equal.
func (m Metric) checkWeights(s *Set, o Options) error {
	if s.Weights == nil || m.Weighs && !o.Extrapolate {
		return nil
	}
	what := m.Name
	if o.Extrapolate {
		what += ", extrapolated,"
	}
	return unfit("%s takes all samples for equal, and %s has %s; use one of %s, or draw samples by their weights and "+
		"save these", what, s.Name,
		s.WeightedBy, namesOf(func(m Metric) bool { return m.Weighs }))
}

// chooseStatistics decides between the mean and covariance in a file and the images or points beside them. Reference
// batches of guided-diffusion have both, and there the statistics are of more images and in the features of FID, in its
// first preprocessing. For another metric or other features they say nothing.
func (m Metric) chooseStatistics(s *Set, network, mode string, oneByOne bool) {
	if s.Gaussian == nil || !s.ofImages() && s.Points == nil {
		return
	}
	first := mode == "" || mode == string(resize.LegacyTF)
	ofFID := s.ofImages() && network == FIDNetwork && first && s.Gaussian.Dim() == dimFID
	ofPoints := s.Points != nil && s.Gaussian.Dim() == s.Points.Dim && s.Weights == nil
	if m.Statistics && (ofFID || ofPoints) && !oneByOne {
		s.Notes = []string{fmt.Sprintf("it has statistics beside its %s, and these are compared", s.kind())}
		s.Images, s.Features, s.Points, s.Count = nil, nil, nil, s.Gaussian.Count
		s.Weights, s.WeightedBy = nil, ""
		s.Hash = s.GaussianHash
		return
	}
	s.Gaussian = nil
}

// checkKind refuses a set that lacks what the metric compares.
func (m Metric) checkKind(s *Set, oneByOne bool) error {
	switch alone := !s.ofImages() && s.Points == nil; {
	case alone && s.Gaussian == nil:
		return unfit("%s has neither images nor points nor statistics; give one of them", s.Name)
	case m.Classes && !s.ofImages():
		return fmt.Errorf("%s has no classes; give images, and features of a network that classifies", s.Name)
	case alone && (!m.Statistics || oneByOne):
		return fmt.Errorf("%s has a mean and a covariance alone, and this compares features one by one; give images "+
			"or their features", s.Name)
	}
	return nil
}

// matchColours makes grey images of colour ones that are grey, where the other set's are.
func matchColours(a, b *Set) {
	if !a.ofImages() || !b.ofImages() || a.Channels == b.Channels || min(a.Channels, b.Channels) != 1 {
		return
	}
	colour := a
	if b.Channels > a.Channels {
		colour = b
	}
	if grey, ok := colour.grey(); ok {
		colour.Images, colour.Channels = grey, 1
		colour.Notes = append(colour.Notes, "three equal channels are taken for one")
	}
}

// grey are the images of a set as grey ones, where colours in memory are equal.
func (s *Set) grey() (*ImageArray, bool) {
	array, ok := s.Images.(*ImageArray)
	if !ok {
		return nil, false
	}
	return array.grey()
}

// MayBeGrey tells whether [Metric.Match] would take the set's colour images for grey ones, if the other set's are.
func (s *Set) MayBeGrey() bool {
	_, ok := s.grey()
	return ok
}

// comparable refuses to compare what differs in kind.
func comparable(a, b *Set) error {
	switch {
	case a.ofImages() && b.Points != nil || a.Points != nil && b.ofImages():
		return unfit("%s has %s and %s has %s; compare like with like", a.Name, a.kind(), b.Name, b.kind())
	case a.Points != nil && b.Points != nil && a.Points.Dim != b.Points.Dim:
		return fmt.Errorf("%s has points in %d dimensions, %s in %d; compare points of one space", a.Name, a.Points.Dim,
			b.Name, b.Points.Dim)
	case !a.ofImages() || !b.ofImages():
		return nil
	case a.Channels != b.Channels:
		return fmt.Errorf("%s has %s images, %s %s ones; compare like with like", a.Name, colours(a.Channels), b.Name,
			colours(b.Channels))
	case a.Height != b.Height || a.Width != b.Width:
		return fmt.Errorf("%s has images of %d×%d pixels, %s of %d×%d; bring them to one size", a.Name, a.Height,
			a.Width,
			b.Name, b.Height, b.Width)
	}
	return nil
}

func colours(channels int) string {
	if channels == 1 {
		return "grey"
	}
	return "colour"
}

// checkCounts refuses more images than the metric takes, and fewer.
func (m Metric) checkCounts(sets []*Set, o Options) error {
	most := 0
	for i, s := range sets {
		if err := m.CheckCount(o, s.Count, i > 0); err != nil && (i == 0 || s.Gaussian == nil) {
			return err
		}
		most = max(most, s.Count)
	}
	if m.Most > 0 && sets[0].ofImages() && most > m.Most {
		return &CountError{Metric: m.Name, Count: most, Most: m.Most}
	}
	return nil
}
