package serve

import (
	"slices"
	"sync"

	"github.com/amgen/amgen/run/curve"
	"github.com/amgen/amgen/run/train"
)

// drawn is a figure of the log over the steps and over the seconds of training. It has few enough points to draw.
type drawn struct {
	Step    []int    `json:"step"`
	Seconds []number `json:"seconds"`
	Value   []number `json:"value"`
}

// curves are those of a run.
type curves struct {
	Lines int `json:"lines"` // of the log
	// Raw and Smooth by the names of the figures; Smooth is empty unless smoothing was asked for.
	Raw    map[string]drawn `json:"raw"`
	Smooth map[string]drawn `json:"smooth"`
}

// figures are those that are drawn of a line of the log.
var figures = map[string]func(train.Stat) float64{
	"loss": func(s train.Stat) float64 { return s.Loss }, "grad_norm": func(s train.Stat) float64 { return s.GradNorm },
	"lr": func(s train.Stat) float64 { return s.LR }, "rate": train.Stat.Rate,
}

// buckets is into how many parts a curve is divided. Each keeps its least and its largest value, so no peak is lost.
const buckets = 500

// curvesOf thins the lines of a log. smoothing is the weight of what came before, in [0, 1).
func curvesOf(lines []train.Stat, smoothing float64) curves {
	c := curves{Lines: len(lines), Raw: map[string]drawn{}, Smooth: map[string]drawn{}}
	values := make([]float64, len(lines))
	for name, figure := range figures {
		for i, line := range lines {
			values[i] = figure(line)
		}
		c.Raw[name] = thinned(lines, values)
		if smoothing > 0 && (name == "loss" || name == "grad_norm" || name == "rate") {
			curve.Smooth(values, smoothing)
			c.Smooth[name] = thinned(lines, values)
		}
	}
	return c
}

func thinned(lines []train.Stat, values []float64) drawn {
	kept := curve.Thin(values, buckets)
	c := drawn{make([]int, len(kept)), make([]number, len(kept)), make([]number, len(kept))}
	for k, i := range kept {
		c.Step[k], c.Seconds[k], c.Value[k] = lines[i].Step, number(lines[i].Seconds), number(values[i])
	}
	return c
}

// logs reads the logs of runs, and keeps those that were read last.
type logs struct {
	mu    sync.Mutex
	known []*openLog // the last used first
}

type openLog struct {
	path string
	*train.Follower
	lines int
}

// mostLines is how many lines are kept of all logs together, some 70 MB.
const mostLines = 1_000_000

// lines are those of the log at a path.
func (l *logs) lines(path string) ([]train.Stat, error) {
	l.mu.Lock()
	k := slices.IndexFunc(l.known, func(o *openLog) bool { return o.path == path })
	var log *openLog
	if k >= 0 {
		log = l.known[k]
		l.known = slices.Delete(l.known, k, k+1)
	} else {
		log = &openLog{path: path, Follower: train.NewFollower(path)}
	}
	l.known = slices.Insert(l.known, 0, log)
	l.mu.Unlock()

	lines, err := log.Lines()

	l.mu.Lock()
	defer l.mu.Unlock()
	log.lines = len(lines)
	for k, total := 0, 0; k < len(l.known); k++ {
		total += l.known[k].lines
		if k > 0 && total > mostLines || k >= 1000 {
			l.known = l.known[:k:k]
		}
	}
	return lines, err
}
