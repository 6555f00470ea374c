package cells

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/amgen/amgen/internal/npy"
)

// Dependence is that of the velocity of a column, Of, on another, On, at one time.
type Dependence struct {
	Time             float64
	Of, On           string
	Effect, Jacobian float64
}

// Dependences are those with the largest effects at each time, the largest first. A column's on itself is none of them.
// Where the Jacobian is symmetric a pair is there once, by the larger of its two effects.
type Dependences struct {
	List []Dependence

	timeName string
}

// Top are the n dependences of the largest effects at each time.
func (j *Jacobian) Top(n int) *Dependences {
	out := &Dependences{timeName: j.timeName}
	for k, time := range j.Times {
		var list []Dependence
		least := 0.0 // among the largest so far
		keep := func() {
			slices.SortStableFunc(list, func(a, b Dependence) int {
				return cmp.Compare(math.Abs(b.Effect), math.Abs(a.Effect))
			})
			list = list[:min(n, len(list))]
		}
		for of, name := range j.Columns {
			for on, other := range j.Columns {
				effect := j.Effects[k].At(of, on)
				if of == on || !(math.Abs(effect) > least) || j.Symmetric && j.isOther(k, of, on) {
					continue
				}
				list = append(list, Dependence{time, name, other, effect, j.J[k].At(of, on)})
				if len(list) == 2*n {
					keep()
					least = math.Abs(list[len(list)-1].Effect)
				}
			}
		}
		keep()
		out.List = append(out.List, list...)
	}
	return out
}

// isOther tells whether a pair is shown the other way round: by the larger effect or, of two alike but for rounding, as
// that of the later column on the earlier.
func (j *Jacobian) isOther(k, of, on int) bool {
	effect, other := math.Abs(j.Effects[k].At(of, on)), math.Abs(j.Effects[k].At(on, of))
	const alike = 0.01
	if math.Abs(effect-other) <= alike*max(effect, other) {
		return of < on
	}
	return effect < other
}

// Write writes the dependences into a file by its ending, .csv, .tsv or .npz: time, of, on, effect and jacobian.
func (d *Dependences) Write(path string) error { return write(path, d, anyFormats[*Dependences]()) }

// WriteCSV writes them as the text that [Dependences.Write] makes a .csv of.
func (d *Dependences) WriteCSV(w io.Writer) error { return writeText(w, ',', d.flat()) }

func (d *Dependences) flat() []Column {
	time, of, on := Column{Name: d.timeName, Numbers: []float64{}}, Column{Name: "of"}, Column{Name: "on"}
	effect, jacobian := Column{Name: "effect"}, Column{Name: "jacobian"}
	for _, p := range d.List {
		time.Numbers = append(time.Numbers, p.Time)
		of.Texts, on.Texts = append(of.Texts, p.Of), append(on.Texts, p.On)
		effect.Numbers, jacobian.Numbers = append(effect.Numbers, p.Effect), append(jacobian.Numbers, p.Jacobian)
	}
	return []Column{time, of, on, effect, jacobian}
}

func (d *Dependences) arrays() (list []npy.Array) {
	for k, c := range d.flat() {
		a := npy.Array{Name: c.Name, Shape: []int{len(d.List)}, Values: c.Numbers}
		if c.Texts != nil {
			a.Values = c.Texts
		}
		if k == 0 {
			a.Name = "time"
		}
		list = append(list, a)
	}
	return list
}

// String has a line for each of the first dependences of each time.
func (d *Dependences) String() string {
	const most = 3
	text, at := "", 0
	for i, p := range d.List {
		if at++; i == 0 || d.List[i-1].Time != p.Time {
			at = 1
		}
		if at <= most {
			text += fmt.Sprintf("%s %v: velocity of %s where %s is larger: %+.3g deviations %s\n",
				printed(d.timeName), p.Time, printed(p.Of), printed(p.On), p.Effect, per(d.timeName))
		}
	}
	return text
}
