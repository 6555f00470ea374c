package flags

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/run"
)

// Classes are the flags of the classes that a run is asked for.
type Classes struct {
	text     string
	guidance float64
	interval []float64
}

// noClass stands for the null label, any class.
const noClass = "none"

// Bind registers the flags.
func (c *Classes) Bind(f *pflag.FlagSet) {
	f.StringVar(&c.text, "class", "", "`LIST` classes to sample, by number or name, as in 7, 0-9 or cat,dog; none: "+
		"unconditional. Samples take them in turn; a picture has a row for each class. For runs with --classes "+
		"(default: the classes in the shares of the training set)")
	f.Float64Var(&c.guidance, "guidance", 0, "weight w of classifier-free guidance: samples follow (1+w)·s(class) − "+
		"w·s(unconditional), for a guidance scale of 1+w (default 0: no guidance)")
	f.Float64SliceVar(&c.interval, "guidance-interval", nil, "`FROM,TO` first and last t in [0, 1] at which guidance "+
		"acts (default 0,1)")
}

// Guidance is what the flags say of guidance.
func (c *Classes) Guidance() (flows.Guidance, error) {
	g := flows.Guidance{Weight: c.guidance}
	if c.interval != nil {
		if len(c.interval) != 2 || c.guidance == 0 {
			return g, Usagef("--guidance-interval takes two times, as in 0.1,0.8, and --guidance; got %v", c.interval)
		}
		if g.From, g.To = c.interval[0], c.interval[1]; g.To == 0 {
			return g, Usagef("--guidance-interval must end after it begins, got %g,%g", g.From, g.To)
		}
	}
	if err := g.Check(); err != nil {
		return g, Usage(err)
	}
	return g, nil
}

// Of are the classes that the flags ask of a run, nil where they name none.
func (c *Classes) Of(r *run.Run) ([]int32, error) {
	if c.text == "" {
		return nil, nil
	}
	if r.Source.Classes == nil {
		return nil, Usagef("--class %s: %s learned no classes; train one with --classes", c.text, r.Dir)
	}
	names := r.Source.Classes.Names
	var list []int32
	for word := range strings.SplitSeq(c.text, ",") {
		word = strings.TrimSpace(word)
		if word == noClass {
			list = append(list, flows.NoClass)
			continue
		}
		first, last, ok := classRange(word, names)
		if !ok {
			return nil, Usagef("--class %q is no class of %s; it has %s", word, r.Dir, known(names))
		}
		for k := first; k <= last; k++ {
			list = append(list, int32(k))
		}
	}
	return list, nil
}

// classRange reads the name of a class, its number, or two numbers with a hyphen between. A name comes first.
func classRange(word string, names []string) (first, last int, ok bool) {
	if k := slices.Index(names, word); k >= 0 {
		return k, k, true
	}
	from, to, ranged := strings.Cut(word, "-")
	if !ranged {
		to = from
	}
	first, err := strconv.Atoi(from)
	if err != nil {
		return 0, 0, false
	}
	if last, err = strconv.Atoi(to); err != nil {
		return 0, 0, false
	}
	return first, last, 0 <= first && first <= last && last < len(names)
}

// known lists classes by number and name.
func known(names []string) string {
	const most = 20
	var list []string
	for k, name := range names {
		if k == most {
			list = append(list, fmt.Sprintf("… (%d in all)", len(names)))
			break
		}
		if name == strconv.Itoa(k) {
			list = append(list, name)
		} else {
			list = append(list, fmt.Sprintf("%d %s", k, name))
		}
	}
	return strings.Join(list, ", ")
}
