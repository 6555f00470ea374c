package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// allowed is the verdict of docs/reference/combinations.md on what combines; others are the letter of a reason.
const allowed = "yes"

// combinations is the table of docs/reference/combinations.md: verdicts by objective and estimator, and column.
type combinations struct {
	verdict map[[3]string]string // objective, estimator, column: a path, a solver, or "likelihood"
	reasons map[string][]string  // words of the error, by letter
}

func readCombinations(t *testing.T) combinations {
	t.Helper()
	text, err := os.ReadFile("../../docs/reference/combinations.md")
	if err != nil {
		t.Fatal(err)
	}
	c := combinations{map[[3]string]string{}, map[string][]string{}}
	var head []string
	verdicts, _, _ := strings.Cut(string(text), "\n## ")
	for _, line := range strings.Split(strings.ReplaceAll(verdicts, "\n  ", " "), "\n") { // a reason may go on below
		cells := strings.Split(strings.Trim(line, "| "), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case strings.HasPrefix(line, "- **"):
			for _, quote := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(line, -1) {
				letter := line[len("- **"):][:1]
				c.reasons[letter] = append(c.reasons[letter], quote[1])
			}
		case !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|--"):
		case head == nil:
			head = cells
		default:
			for i, cell := range cells[2:] {
				for _, name := range strings.Split(head[i+2], ", ") {
					key := [3]string{cells[0], cells[1], name}
					if c.verdict[key] != "" {
						t.Errorf("two verdicts on %v", key)
					}
					c.verdict[key] = cell
				}
			}
		}
	}
	return c
}

// hold fails unless err is as the verdict says.
func (c combinations) hold(t *testing.T, what, verdict string, err error) {
	t.Helper()
	if verdict == allowed {
		if err != nil {
			t.Errorf("%s: the table says yes, the program %v", what, err)
		}
		return
	}
	if len(c.reasons[verdict]) == 0 {
		t.Fatalf("%s: the table has no reason %q", what, verdict)
	}
	for _, words := range c.reasons[verdict] {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: the table says %q, the program %v", what, words, err)
		}
	}
}

// grounds are the data sets on which a path can be asked for.
func grounds(path string) []string {
	switch {
	case slices.Contains([]string{"color", "superres", "inpaint"}, path):
		return []string{"cifar10"}
	case path == "snapshots":
		return []string{science.SnapshotsName("../../flows/science/testdata/guo.csv")}
	case science.Known(path):
		return []string{path}
	}
	return []string{"moons", "cifar10"}
}

// configured is a run that was asked for by one flag each.
func configured(dataset, path, objective, estimator string) (run.Config, error) {
	c, err := run.Preset(dataset, "")
	if err != nil {
		return c, err
	}
	c.Objective, c.Estimator = objective, estimator
	if slices.Contains(flows.PathNames(), path) {
		c.Path = path
	}
	return c.Settle()
}

func TestCombinations(t *testing.T) {
	table := readCombinations(t)
	paths := append(flows.PathNames(), "snapshots", "hydrogen", "mass-mixture")
	used := map[[3]string]bool{}
	find := func(objective, estimator, column string) string {
		key := [3]string{objective, estimator, column}
		used[key] = true
		if table.verdict[key] == "" {
			t.Fatalf("the table has no verdict on %v", key)
		}
		return table.verdict[key]
	}
	walked := 0
	for _, objective := range flows.ObjectiveNames() {
		for _, path := range paths {
			for _, dataset := range grounds(path) {
				either := false
				for _, estimator := range []string{"pathwise", "boundary", "dice"} {
					what := fmt.Sprintf("%s by %s on %s of %s", objective, estimator, path, dataset)
					c, err := configured(dataset, path, objective, estimator)
					verdict := find(objective, estimator, path)
					table.hold(t, what, verdict, err)
					if verdict != allowed {
						continue
					}
					either = true
					plan, err := c.Plan(t.Context(), run.Output{})
					if err != nil {
						t.Fatal(err)
					}
					learned, along := plan.Model.Objective, plan.Model.Path
					for _, name := range solve.Names() {
						_, err := draw.Solver(plan, name, solve.Settings{})
						verdict := find(objective, estimator, name)
						if name == "dpm++2m" && verdict != "n" &&
							!slices.Contains([]string{"linear", "trig", "vp"}, path) {
							verdict = "k"
						}
						table.hold(t, what+" with "+name, verdict, err)
						walked++
					}
					likely := find(objective, estimator, "likelihood")
					if _, circular := along.(flows.Circular); circular {
						likely = "c"
					} else if !slices.Contains([]string{"linear", "trig", "vp"}, path) {
						likely = "s"
					}
					table.hold(t, what+", likelihood", likely, flows.CheckLikelihood(along, learned.Motion()))
					verdict, guided := find(objective, estimator, "classes"), find(objective, estimator, "guidance")
					if guided != verdict {
						t.Errorf("%s: classes %q, guidance %q", what, verdict, guided)
					}
					table.holdClasses(t, what, verdict, c, plan)
				}
				if _, err := configured(dataset, path, objective, "auto"); (err == nil) != either {
					t.Errorf("%s by auto on %s of %s: %v, though an estimator is allowed: %t", objective, path, dataset,
						err, either)
				}
			}
		}
		for _, estimator := range []string{"pathwise", "boundary", "dice"} { // rows of which no path is allowed have these too
			for _, column := range append(solve.Names(), "likelihood", "classes", "guidance") {
				if find(objective, estimator, column) != find(objective, "pathwise", column) {
					t.Errorf("%s with %s depends on the estimator", objective, column)
				}
			}
		}
	}
	for key := range table.verdict {
		if !used[key] {
			t.Errorf("the table has a verdict on %v, which there isn't", key)
		}
	}
	if walked < 300 {
		t.Errorf("only %d combinations were walked", walked)
	}
}

// holdClasses fails unless classes of a run are as the verdict says: whether they can be learned, and asked for with
// guidance; and unless solvers and the likelihood go with them as they go with plan, the same run's without.
func (c combinations) holdClasses(t *testing.T, what, verdict string, cfg run.Config, plan *run.Plan) {
	t.Helper()
	asked := draw.Options{Classes: []int32{1, flows.NoClass}, Guidance: flows.Guidance{Weight: 1}}
	c.hold(t, what+", asked for a class", "y", asked.CheckClasses(plan.Classes))
	c.hold(t, what+", guided", "y", draw.Options{Guidance: asked.Guidance}.CheckClasses(plan.Classes))
	if cfg.Points() {
		verdict = "o"
	}
	cfg.Classes = true
	cfg, err := cfg.Settle()
	c.hold(t, what+" with classes", verdict, err)
	if verdict != allowed || err != nil {
		return
	}
	told, err := cfg.Plan(t.Context(), run.Output{})
	if err != nil {
		t.Fatal(err)
	}
	if told.Model.Classes != 10 || told.Network.Classes != 10 {
		t.Errorf("%s: %d classes of the model, %d of the network", what, told.Model.Classes, told.Network.Classes)
	}
	c.hold(t, what+", asked for a class and guided", verdict, asked.CheckClasses(told.Classes))
	for _, name := range solve.Names() {
		_, with := draw.Solver(told, name, solve.Settings{})
		_, without := draw.Solver(plan, name, solve.Settings{})
		if fmt.Sprint(with) != fmt.Sprint(without) {
			t.Errorf("%s with %s: with classes %v, without %v", what, name, with, without)
		}
	}
	with := flows.CheckLikelihood(told.Model.Path, told.Model.Objective.Motion())
	without := flows.CheckLikelihood(plan.Model.Path, plan.Model.Objective.Motion())
	if fmt.Sprint(with) != fmt.Sprint(without) {
		t.Errorf("%s, likelihood: with classes %v, without %v", what, with, without)
	}
}

// The library refuses the same solvers as the command.
func TestCombinationsOfSamplers(t *testing.T) {
	table := readCombinations(t)
	opened, err := run.OpenEngine(engine.Auto, 1, term.Streams{Err: io.Discard}.Loading())
	if err != nil {
		t.Fatal(err)
	}
	backend := opened.Backend
	defer backend.Finalize()
	x := tensors.FromValue([][]float32{{1, 2}})
	for _, name := range flows.ObjectiveNames() {
		objective, err := flows.ObjectiveByName(name, flows.ObjectiveSettings{})
		if err != nil {
			t.Fatal(err)
		}
		model := flows.Action(func(_ *mlcontext.Context, _, x *graph.Node) *graph.Node { return graph.ReduceSum(x, 1) })
		if objective.Motion().VectorField() {
			model = func(_ *mlcontext.Context, _, x *graph.Node) *graph.Node { return x }
		}
		path := flows.Path(flows.Linear{})
		if objective.Check(path) != nil {
			path = flows.VP{}
		}
		sampler, err := flows.NewSampler(backend, mlcontext.New(),
			flows.Model{Action: model, Path: path, Objective: objective})
		if err != nil {
			t.Fatal(err)
		}
		for _, solverName := range solve.Names() {
			solver, err := solve.ByName(solverName, solve.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := sampler.Follow(t.Context(), solver, x, 0, 0.1, flows.FollowOptions{})
			if want := table.verdict[[3]string{name, "pathwise", solverName}] == allowed; (err == nil) != want {
				t.Errorf("%s with %s: the table says %t, the library %v", name, solverName, want, err)
			}
			p.Finalize()
		}
		sampler.Finalize()
	}
}
