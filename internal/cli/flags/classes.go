package flags

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/classes"
)

// Classes are the flags of the classes that a run is asked for.
type Classes struct {
	text     string
	guidance float64
	interval []float64
}

// Bind registers the flags for samples; shown is what else help says of the classes.
func (c *Classes) Bind(f *pflag.FlagSet, shown string) {
	c.BindTo(f, "`LIST` classes to sample, by number or name, as in 7, 0-9 or cat,dog; none: unconditional. Samples "+
		"take them in turn"+shown+". For runs with --classes (default: the classes in the shares of the training set)")
}

// BindTo registers the flags; help is that of --class.
func (c *Classes) BindTo(f *pflag.FlagSet, help string) {
	f.StringVar(&c.text, "class", "", help)
	f.Float64Var(&c.guidance, "guidance", 0, "weight w of classifier-free guidance: samples follow (1+w)·s(class) − "+
		"w·s(unconditional), for a guidance scale of 1+w (default 0: no guidance)")
	f.Float64SliceVar(&c.interval, "guidance-interval", nil, "`FROM,TO` first and last t in [0, 1] at which guidance "+
		"acts (default 0,1)")
}

// Guidance is what the flags say of guidance.
func (c *Classes) Guidance() (flows.Guidance, error) {
	g := flows.Guidance{Weight: c.guidance}
	if c.guidance < -1 { // at -1 it is the action of any class
		return g, Usagef("--guidance must be at least -1, got %g; 0 is none, 1 is usual", c.guidance)
	}
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

// Given is a flag that was typed, "" for none.
func (c *Classes) Given() string {
	switch {
	case c.text != "":
		return "--class"
	case c.guidance != 0:
		return "--guidance"
	case c.interval != nil:
		return "--guidance-interval"
	}
	return ""
}

// Of are the classes that the flags ask of a run, nil where they name none.
func (c *Classes) Of(t *run.Trained) ([]int32, error) {
	if c.text == "" {
		return nil, nil
	}
	if t.Plan.Classes == nil {
		return nil, Usagef("--class %s: %s learned no classes; train one with --classes", c.text, t.Name())
	}
	names := t.Plan.Classes.Names
	list, wrong := classes.Parse(c.text, names)
	if wrong != "" {
		return nil, Usagef("--class %s is no class of %s; it has %s", wrong, t.Name(), KnownClasses(names))
	}
	return list, nil
}

// WarnClasses tells of classes that were asked for and that n samples, which take them in turn, don't reach.
func WarnClasses(command string, t *run.Trained, classes []int32, n int, std term.Streams) {
	if n >= len(classes) {
		return
	}
	fmt.Fprintf(std.Err, "%s: warning: -n %d is fewer than the %d classes of --class; left out: %s\n", command, n,
		len(classes), ClassList(t.Plan.Classes.Names, classes[n:]))
}

// ClassList writes classes as --class takes them: by their names, but three or more numbers in a row by the first and
// the last. It is empty for none.
func ClassList(names []string, list []int32) string {
	var words []string
	for i := 0; i < len(list); {
		n := 1
		for i+n < len(list) && list[i] >= 0 && list[i+n] == list[i]+int32(n) {
			n++
		}
		if n > 2 {
			words = append(words, fmt.Sprintf("%d-%d", list[i], int(list[i])+n-1))
			i += n
			continue
		}
		word := classes.None
		if list[i] != flows.NoClass {
			word = names[list[i]]
		}
		words = append(words, word)
		i++
	}
	return strings.Join(words, ",")
}

// KnownClasses lists classes by number and name.
func KnownClasses(names []string) string {
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
