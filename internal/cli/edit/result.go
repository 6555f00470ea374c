package edit

import (
	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/flags"
)

// result is what was done, as --json prints it.
type result struct {
	Output     string      `json:"output,omitempty"`
	N          int         `json:"n"`
	Images     []string    `json:"images,omitempty"` // the given ones
	Mask       string      `json:"mask,omitempty"`
	Filled     int         `json:"filled,omitempty"` // pixels of an image that were filled in
	Factor     int         `json:"factor,omitempty"`
	Repeats    int         `json:"repeats,omitempty"`
	Iterations int         `json:"iterations,omitempty"`
	Strength   *float64    `json:"strength,omitempty"`
	Seeds      []int       `json:"seeds,omitempty"`
	PSNR       *float64    `json:"psnr,omitempty"` // in decibels; none where the images are equal
	Samples    eval.Origin `json:"samples"`
	Seconds    float64     `json:"seconds"`
}

// finish fills in what is of the run.
func (r *result) finish(s session, evaluations int) {
	r.Samples.NFE, r.Samples.Guided = evaluations, eval.GuidedBy(s.guidance)
	if r.Repeats > 0 {
		r.Samples.Solver = "ancestral"
	}
	if s.classes != nil {
		r.Samples.Class = flags.ClassList(s.Plan.Classes.Names, s.classes)
	}
}
