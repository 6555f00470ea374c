package serve

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/classes"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/weights"
)

// ask is what a page asks to be drawn. What is empty or 0 is the default of `amgen sample`.
type ask struct {
	Run        string  `json:"run"`   // or
	Model      string  `json:"model"` // one that ships with amgen
	Checkpoint string  `json:"checkpoint"`
	N          int     `json:"n"`
	Class      string  `json:"class"`
	Guidance   float64 `json:"guidance"`
	Solver     string  `json:"solver"`
	Steps      int     `json:"steps"`
	Seed       string  `json:"seed"` // decimal: JSON of a browser has no 64-bit numbers
	Show       string  `json:"show"` // a picture of a run on points in place of samples
	// Image is one of which a part is to be filled in, in 8 bits, [height, width, channels], and Mask what of it: a
	// byte for each pixel, not 0 where it is to be filled in. Both are empty where samples are drawn.
	Image []byte `json:"image"`
	Mask  []byte `json:"mask"`
}

// Bounds on what is asked for.
const (
	mostSamples = 256
	mostSteps   = 1000
	mostBytes   = 128 << 20 // of all states
)

// frames is how many states of the way from the source to the data are kept.
const frames = 11

// times are those of the frames.
func times() []float64 {
	list := make([]float64, frames)
	for k := range list {
		list[k] = float64(k) / (frames - 1)
	}
	return list
}

// origin is what was drawn from: a run, and the step of its checkpoint.
type origin struct {
	dir  run.Dir
	step int64
}

// find finds the run or the model, and what is drawn.
func (s *Server) find(ctx context.Context, a ask) (*run.Trained, error) {
	if a.Model != "" && a.Run != "" {
		return nil, fmt.Errorf("run %.40q and model %.40q; name one of them", a.Run, a.Model)
	}
	if a.Model != "" {
		if !slices.Contains(models.Here(), a.Model) {
			return nil, fmt.Errorf("no model of that name; there are %s", strings.Join(models.Here(), ", "))
		}
		m, err := models.Named(a.Model)
		if err != nil {
			return nil, err
		}
		return m.Find(ctx, run.Options{Checkpoint: a.Checkpoint})
	}
	dir, err := s.folder.dir(a.Run)
	if err == nil {
		err = dir.CheckLayout()
	}
	if err != nil {
		return nil, err
	}
	return run.Find(ctx, string(dir), run.Options{Checkpoint: a.Checkpoint})
}

// options are what is drawn from a run.
func (a ask) options(t *run.Trained) (o draw.Options, err error) {
	if a.N < 1 || a.N > mostSamples || a.Steps < 0 || a.Steps > mostSteps {
		return o, fmt.Errorf("%d samples by %d steps; ask for 1 to %d samples, and for at most %d steps or 0 for the "+
			"default", a.N, a.Steps, mostSamples, mostSteps)
	}
	o = draw.Options{N: a.N, Guidance: flows.Guidance{Weight: a.Guidance}, Times: times()}
	if err := o.Guidance.Check(); err != nil {
		return o, err
	}
	if a.Seed != "" {
		if o.Seed, err = strconv.ParseInt(a.Seed, 10, 64); err != nil {
			return o, fmt.Errorf("the seed is %.40q; give a whole number of 64 bits", a.Seed)
		}
	}
	if a.Class != "" {
		if t.Plan.Classes == nil {
			return o, fmt.Errorf("%s learned no classes; leave the class out", t.Name())
		}
		var wrong string
		if o.Classes, wrong = classes.Parse(a.Class, t.Plan.Classes.Names); wrong != "" {
			return o, fmt.Errorf("%s is no class of %s", wrong, t.Name())
		}
	}
	o.Solver, err = draw.Solver(t.Plan, a.Solver, solve.Settings{Steps: a.Steps})
	return o, err
}

// fills tells whether a part of an image is to be filled in.
func (a ask) fills() bool { return len(a.Image)+len(a.Mask) > 0 }

// command is the command line that draws the same numbers.
func (a ask) command(from origin) []string {
	checkpoint := a.Checkpoint
	if a.Model == "" { // the newest may be another by then
		checkpoint = strconv.FormatInt(from.step, 10)
	}
	words, output := []string{"amgen", "sample"}, "samples.npz"
	if a.fills() {
		words = []string{"amgen", "edit", "inpaint"}
	}
	switch a.Show {
	case showGrowth:
		return []string{"amgen", "points", "growth", "--run", string(from.dir), "--checkpoint", checkpoint, "-o",
			"growth.png"}
	case showWays:
		output = "ways.png"
	}
	if a.Model != "" {
		words = append(words, "--model", a.Model)
	} else {
		words = append(words, "--run", string(from.dir))
	}
	for _, flag := range [][2]string{{"--checkpoint", checkpoint}, {"--class", a.Class}, {"--solver", a.Solver},
		{"--seed", a.Seed}} {
		if flag[1] != "" {
			words = append(words, flag[0], flag[1])
		}
	}
	if a.Steps != 0 {
		words = append(words, "--steps", fmt.Sprint(a.Steps))
	}
	if a.Guidance != 0 {
		words = append(words, "--guidance", fmt.Sprint(a.Guidance))
	}
	if a.fills() {
		return append(words, "-n", fmt.Sprint(a.N), "--image", "image.png", "--mask", "mask.png", "-o", "filled.npz")
	}
	var list []string
	for _, t := range times() {
		list = append(list, fmt.Sprint(t))
	}
	return append(words, "-n", fmt.Sprint(a.N), "--times", strings.Join(list, ","), "-o", output)
}

// sources answers with the models that ship with amgen, and the name of the folder. Runs are in the list of them.
func (s *Server) sources(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"models": models.Here(), "model": models.Default(), "folder": s.folder.path})
}

// source answers with what can be chosen of a run or a model.
func (s *Server) source(w http.ResponseWriter, q *http.Request) {
	if !s.enter(q.Context()) {
		return
	}
	defer s.leave()
	a := ask{Run: q.FormValue("run"), Model: q.FormValue("model")}
	t, err := s.find(q.Context(), a)
	if err != nil {
		refuse(w, err)
		return
	}
	names, solvers, steps := []string{}, []string{}, []string{}
	if t.Plan.Classes != nil {
		names = t.Plan.Classes.Names
	}
	for _, name := range solve.Names() {
		if _, err := draw.Solver(t.Plan, name, solve.Settings{}); err == nil {
			solvers = append(solvers, name)
		}
	}
	if a.Model == "" {
		if list, err := weights.List(t.Dir.Checkpoints()); err == nil {
			for _, e := range list {
				steps = append(steps, fmt.Sprint(e.Step))
			}
		}
	}
	fills, size, channels := canFill(t), 0, 0
	if fills {
		size, channels = t.Plan.ImageOptions().Size, t.Plan.Network.Channels
	}
	answer(w, map[string]any{"classes": names, "solvers": solvers, "checkpoints": steps, "unit": t.Plan.Unit(),
		"fills": fills, "size": size, "channels": channels})
}
