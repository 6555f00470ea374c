package serve

import (
	"math"
	"slices"
	"sync"

	"github.com/amgen/amgen/run/train"
)

// curve is a figure of the log over the steps and over the seconds of training. It has few enough points to draw.
type curve struct {
	Step    []int    `json:"step"`
	Seconds []number `json:"seconds"`
	Value   []number `json:"value"`
}

// curves are those of a run.
type curves struct {
	Lines int `json:"lines"` // of the log
	// Raw and Smooth by the names of the figures; Smooth is empty unless smoothing was asked for.
	Raw    map[string]curve `json:"raw"`
	Smooth map[string]curve `json:"smooth"`
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
	c := curves{Lines: len(lines), Raw: map[string]curve{}, Smooth: map[string]curve{}}
	values := make([]float64, len(lines))
	for name, figure := range figures {
		for i, line := range lines {
			values[i] = figure(line)
		}
		c.Raw[name] = thinned(lines, values)
		if smoothing > 0 && (name == "loss" || name == "grad_norm" || name == "rate") {
			smooth(values, smoothing)
			c.Smooth[name] = thinned(lines, values)
		}
	}
	return c
}

// smooth replaces values by their exponential moving average, without the bias to zero of its beginning (Kingma and Ba
// 2015, section 3).
func smooth(values []float64, weight float64) {
	mean, part := 0.0, 0.0
	for i, v := range values {
		mean, part = weight*mean+(1-weight)*v, weight*part+(1-weight)
		values[i] = mean / part
	}
}

func thinned(lines []train.Stat, values []float64) curve {
	kept := thin(values, buckets)
	c := curve{make([]int, len(kept)), make([]number, len(kept)), make([]number, len(kept))}
	for k, i := range kept {
		c.Step[k], c.Seconds[k], c.Value[k] = lines[i].Step, number(lines[i].Seconds), number(values[i])
	}
	return c
}

// thin are the indices of the values to draw, in order: the first and the last, and the least and the largest in each
// of so many buckets. All are drawn where that is no more.
func thin(values []float64, buckets int) (kept []int) {
	n := len(values)
	if n <= 2*buckets {
		for i := range n {
			kept = append(kept, i)
		}
		return kept
	}
	kept = append(kept, 0, n-1)
	for b := range buckets {
		from, to := b*n/buckets, (b+1)*n/buckets
		least, largest := from, from
		for i := from; i < to; i++ {
			if values[i] < values[least] || math.IsNaN(values[least]) {
				least = i
			}
			if values[i] > values[largest] || math.IsNaN(values[largest]) {
				largest = i
			}
		}
		kept = append(kept, least, largest)
	}
	slices.Sort(kept)
	return slices.Compact(kept)
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
