package cli

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/imaging"
)

// role is what a side is to the comparison.
type role string

const (
	samplesRole   role = "samples"
	referenceRole role = "reference"
)

// rangeFlag sets the range of pixels of a side.
func (r role) rangeFlag() string {
	if r == referenceRole {
		return "--reference-range"
	}
	return "--range"
}

// as are the options with which a side is opened.
func (o evalOptions) as(r role) *evalOptions {
	o.role = r
	return &o
}

// parseRanges reads the flags of both sides.
func (o *evalOptions) parseRanges() error {
	o.ranges = map[role]*pixelRange{}
	for r, text := range map[role]string{samplesRole: o.pixels, referenceRole: o.others} {
		given, err := parsePixelRange(r.rangeFlag(), text)
		if err != nil {
			return err
		}
		o.ranges[r] = given
	}
	return nil
}

// settleSides decides what of both is compared, and in which features, and refuses what can't be.
func (o *evalOptions) settleSides(m metric, judged *judged, reference *side) error {
	for _, s := range []*side{judged.side, reference} {
		if err := m.checkWeights(s, o.own); err != nil {
			return err
		}
	}
	if err := o.resolveFeatures(judged, reference); err != nil {
		return err
	}
	o.chooseStatistics(m, judged.side)
	o.chooseStatistics(m, reference)
	if !m.alone {
		if err := matchColours(judged.side, reference); err != nil {
			return err
		}
		if err := comparable(judged.side, reference); err != nil {
			return err
		}
	}
	return m.admits(judged.side, reference, o.own)
}

// dimFID is that of the features of the network of FID.
const dimFID = 2048

// chooseStatistics decides between the mean and covariance in a file and the images or points beside them. Reference batches of
// guided-diffusion have both, and there the statistics are of more images and in the features of FID, in its first
// preprocessing. For another metric or other features they say nothing.
func (o *evalOptions) chooseStatistics(m metric, s *side) {
	if s.gaussian == nil || s.images == nil && s.points == nil {
		return
	}
	ofFID := s.images != nil && o.features == featuresFID && s.gaussian.Dim() == dimFID && cmp.Or(resize.Mode(o.mode), defaultMode) == defaultMode
	ofPoints := s.points != nil && s.gaussian.Dim() == s.points.Dim && s.weights == nil
	if m.name == "fid" && (ofFID || ofPoints) && !(s.judged && o.own.Extrapolate) {
		s.notes = []string{fmt.Sprintf("it has statistics beside its %s, and these are compared", s.kind())}
		s.images, s.points, s.count, s.weights, s.weightedBy = nil, nil, s.gaussian.Count, nil, ""
		s.hash = s.fileHash
		return
	}
	s.gaussian = nil
}

// matchColours makes grey images of colour ones that are grey, where the other side is.
func matchColours(a, b *side) error {
	if a.images == nil || b.images == nil || a.size[2] == b.size[2] {
		return nil
	}
	colour := a
	if b.size[2] > a.size[2] {
		colour = b
	}
	set, ok := colour.images.(setImages)
	if !ok || colour.size[2] != 3 || min(a.size[2], b.size[2]) != 1 {
		return nil
	}
	grey := make([]uint8, 0, len(set.Images)/3)
	for at := 0; at < len(set.Images); at += 3 {
		if set.Images[at] != set.Images[at+1] || set.Images[at] != set.Images[at+2] {
			return nil
		}
		grey = append(grey, set.Images[at])
	}
	images, err := imaging.New(set.Name, set.Split, grey, set.Labels, set.Height, set.Width, 1)
	if err != nil {
		return err
	}
	images.Classes = set.Classes
	colour.images, colour.size[2] = setImages{images}, 1
	colour.notes = append(colour.notes, "three equal channels are taken for one")
	return nil
}

// notesOf are what is to be said about the sides, with their names.
func notesOf(sides ...*side) []string {
	var notes []string
	for _, s := range sides {
		for _, note := range s.notes {
			text := fmt.Sprintf("%s: %s", s.name, note)
			if !slices.Contains(notes, text) {
				notes = append(notes, text)
			}
		}
	}
	return notes
}

// comparable refuses to compare what differs in kind.
func comparable(a, b *side) error {
	switch {
	case a.images != nil && b.points != nil || a.points != nil && b.images != nil:
		return usagef("%s has %s and %s has %s; compare like with like", a.name, a.kind(), b.name, b.kind())
	case a.points != nil && b.points != nil && a.points.Dim != b.points.Dim:
		return fmt.Errorf("%s has points in %d dimensions, %s in %d; compare points of one space", a.name, a.points.Dim, b.name, b.points.Dim)
	case a.images != nil && b.images != nil && a.size[2] != b.size[2]:
		return fmt.Errorf("%s has %s images, %s %s ones; compare like with like", a.name, colours(a.size[2]), b.name, colours(b.size[2]))
	case a.images != nil && b.images != nil && a.size != b.size:
		return fmt.Errorf("%s has images of %d×%d pixels, %s of %d×%d; bring them to one size", a.name, a.size[0], a.size[1], b.name,
			b.size[0], b.size[1])
	}
	return nil
}

func colours(channels int) string {
	if channels == 1 {
		return "grey"
	}
	return "colour"
}

func (s *side) kind() string {
	switch {
	case s.images != nil:
		return "images"
	case s.points != nil:
		return "points"
	}
	return "statistics"
}
