package eval

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
)

// Set is one of the two things that are compared: images, points, or statistics of features alone.
type Set struct {
	// Name for the report.
	Name string
	// Count of the samples; 0 is unknown, for statistics.
	Count int

	// Images, of Height×Width pixels with Channels; or Features of some that were computed before.
	Images                  Images
	Features                *Store
	Height, Width, Channels int
	// Points are compared as they are.
	Points *Cloud
	// Gaussian is of features that aren't there; or beside images or points, in whose place it may stand.
	Gaussian *Gaussian
	// GaussianHash identifies Gaussian where it stands beside images or points.
	GaussianHash string

	// Weights tell how much each sample stands for; nil are equal ones. WeightedBy is where they come from.
	Weights    []float64
	WeightedBy string
	// Labels are the classes that the samples are meant to be of, one each; nil where nothing tells. A metric takes
	// them for those of the network.
	Labels []int32
	// Classes are the names of those that Labels number; nil where they aren't known.
	Classes []string
	// Hash identifies points, statistics and weighted images.
	Hash string
	// Notes are what a reader of the report should know about how the set was read.
	Notes []string
	// Origin tells more of samples that a run drew.
	Origin Origin
}

// ImageSet is a set of images of a size.
func ImageSet(name string, images Images, height, width, channels int) *Set {
	return &Set{Name: name, Count: images.Len(), Images: images, Height: height, Width: width, Channels: channels}
}

// ArraySet is a set of the images of an array, or of limit of them from all over it; 0 are all.
func ArraySet(name string, images *ImageArray, limit int) (*Set, error) {
	if err := images.check(); err != nil {
		return nil, fmt.Errorf("eval: %s has %w", name, err)
	}
	if limit > 0 {
		images = images.Spread(limit)
	}
	s := ImageSet(name, images, images.Height, images.Width, images.Channels)
	s.Labels = images.Labels
	return s, nil
}

// PointSet is a set of points, or of limit of them from all over; 0 are all.
func PointSet(name string, points Cloud, limit int) *Set {
	if limit > 0 {
		points = points.Spread(limit)
	}
	return &Set{Name: name, Count: points.Len(), Points: &points, Weights: points.Weights}
}

// StatisticsSet is the mean and covariance of features alone, for [Frechet].
func StatisticsSet(name string, g Gaussian) *Set {
	return &Set{Name: name, Count: g.Count, Gaussian: &g}
}

// ofImages tells whether the set has images, or features of some.
func (s *Set) ofImages() bool { return s.Images != nil || s.Features != nil }

// kind names what the set has.
func (s *Set) kind() string {
	switch {
	case s.ofImages():
		return "images"
	case s.Points != nil:
		return "points"
	}
	return "statistics"
}

// Reported is what a report says of the set as samples.
func (s *Set) Reported() Origin {
	o := s.Origin
	o.Source, o.Hash, o.WeightedBy = s.Name, s.identity(), s.WeightedBy
	return o
}

// identity is the hash of the set.
func (s *Set) identity() string {
	switch {
	case s.Images != nil && s.Weights == nil:
		return s.Images.Identity()
	case s.Hash != "":
		return s.Hash
	case s.Points != nil:
		return hashOfNumbers(float64(s.Points.Dim), s.Points.wide().X, s.Points.Weights)
	case s.Gaussian != nil:
		return hashOfNumbers(float64(s.Gaussian.Dim()), s.Gaussian.Mean, s.Gaussian.Covariance)
	case s.Images != nil:
		return hashOfNumbers(0, s.Weights) + s.Images.Identity()
	}
	return ""
}

func hashOfNumbers(first float64, lists ...[]float64) string {
	h := sha256.New()
	for _, list := range append([][]float64{{first}}, lists...) {
		for part := range slices.Chunk(list, 1<<12) {
			block := make([]byte, 0, 8*len(part))
			for _, v := range part {
				block = binary.LittleEndian.AppendUint64(block, math.Float64bits(v))
			}
			h.Write(block)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
