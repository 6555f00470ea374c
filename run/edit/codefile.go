package edit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// Arrays in a file of codes.
const (
	arrayCode    = "code"    // [n, height, width, channels]
	arrayDecoded = "decoded" // the same
	arrayGiven   = "given"   // the same in 8 bits
)

// codeComment begins the comment of a file of codes; the hash of the weights follows, and on the next line
// [codeSettings] as JSON.
const codeComment = "amgen code by weights "

// Codes are what a file of codes holds.
type Codes struct {
	X       []float32 // [n, height, width, channels]
	Weights string    // hash of the weights that made them; "" where the file doesn't say
	// Settled tells whether the file says which class and guidance they belong to. Class is flows.NoClass for none.
	Settled   bool
	Class     int32
	ClassName string
	Guidance  flows.Guidance
}

// codeSettings are what a file says of the class and the guidance.
type codeSettings struct {
	Class    *int32  `json:"class,omitempty"`
	Name     string  `json:"name,omitempty"`
	Guidance float64 `json:"guidance,omitempty"`
	From     float64 `json:"from,omitempty"`
	To       float64 `json:"to,omitempty"`
}

// settingsOf are those of options, whose codes are of one class at most.
func settingsOf(r *run.Run, o Options) codeSettings {
	s := codeSettings{Guidance: o.Guidance.Weight, From: o.Guidance.From, To: o.Guidance.To}
	if len(o.Classes) == 1 && o.Classes[0] != flows.NoClass && r.Plan.Classes != nil {
		s.Class, s.Name = &o.Classes[0], r.Plan.Classes.Names[o.Classes[0]]
	}
	return s
}

// settle takes the settings out of the text behind the hash.
func (c *Codes) settle(text string) error {
	var s codeSettings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return fmt.Errorf("class and guidance: %w; encode the image again", err)
	}
	c.Settled, c.ClassName = true, s.Name
	if s.Class != nil {
		c.Class = *s.Class
	}
	c.Guidance = flows.Guidance{Weight: s.Guidance, From: s.From, To: s.To}
	return c.Guidance.Check()
}

// WriteCodes writes codes that a run made by options, what they are decoded to and the images that they are of, each n
// after another, into a .npz.
func WriteCodes(path string, r *run.Run, o Options, codes, decoded []float32, given []uint8) error {
	settings, err := json.Marshal(settingsOf(r, o))
	if err != nil {
		return fmt.Errorf("codes: %w", err)
	}
	shape := append([]int{len(codes) / r.Source.Size()}, r.Source.Dims...)
	return replace.Output(path, func(w io.Writer) error {
		return npy.WriteCommented(w, codeComment+r.Hash+"\n"+string(settings),
			npy.Array{Name: arrayCode, Shape: shape, Values: codes},
			npy.Array{Name: arrayDecoded, Shape: shape, Values: decoded},
			npy.Array{Name: arrayGiven, Shape: shape, Values: given})
	})
}

// mostCodeBytes bounds a file of codes.
const mostCodeBytes = 1 << 30

// ReadCodes reads the codes of images of the given dimensions from the array code of a .npz. Codes of another shape,
// and numbers that aren't finite, are errors.
func ReadCodes(path string, dims []int) (Codes, error) {
	data, err := replace.ReadRegular(path, mostCodeBytes)
	if err != nil {
		return Codes{}, fmt.Errorf("codes: %w", err)
	}
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Codes{}, fmt.Errorf("codes in %s: %w; give a .npz", path, err)
	}
	if !archive.Has(arrayCode) {
		return Codes{}, fmt.Errorf("codes in %s: no array %q, only %s; give a .npz with one", path, arrayCode, archive)
	}
	shape, x, err := npy.Named[float32](archive, arrayCode)
	if err != nil {
		return Codes{}, fmt.Errorf("codes in %s: %w", path, err)
	}
	if len(shape) != 1+len(dims) || shape[0] < 1 || !slices.Equal(shape[1:], dims) {
		return Codes{}, fmt.Errorf("codes in %s: array %q of shape %v, and the run's images have %v; give codes of "+
			"the same run", path, arrayCode, shape, dims)
	}
	for _, v := range x {
		if v != v || v-v != 0 {
			return Codes{}, fmt.Errorf("codes in %s: a number that isn't finite; encode the image again", path)
		}
	}
	codes := Codes{X: x, Class: flows.NoClass}
	if about, ours := strings.CutPrefix(archive.Comment(), codeComment); ours {
		weights, settings, settled := strings.Cut(about, "\n")
		codes.Weights = weights
		if settled {
			if err := codes.settle(settings); err != nil {
				return Codes{}, fmt.Errorf("codes in %s: %w", path, err)
			}
		}
	}
	return codes, nil
}
