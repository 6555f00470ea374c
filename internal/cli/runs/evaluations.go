package runs

import (
	"fmt"
	"slices"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

// evaluations adds what evaluations while training found at the last step at which all runs were evaluated; the FID
// where all drew as many samples. Losses have to mean the same, see [alike].
func evaluations(list []summary.Summary, row func(string, func(int) string)) error {
	found := make([]map[int]train.Stat, len(list))
	var steps []int // of the first run's evaluations
	for i, s := range list {
		stats, _, err := train.ReadStats(s.Dir.File(run.StatsName))
		if err != nil {
			return err
		}
		found[i] = map[int]train.Stat{}
		for _, line := range stats {
			if line.HeldOutLoss != nil {
				found[i][line.Step] = line
				if i == 0 {
					steps = append(steps, line.Step)
				}
			}
		}
	}
	for _, step := range slices.Backward(steps) {
		fid, n := true, list[0].Config.EvalSamples
		missing := slices.ContainsFunc(found, func(of map[int]train.Stat) bool { return of[step].HeldOutLoss == nil })
		if missing {
			continue
		}
		for i, s := range list {
			fid = fid && found[i][step].FID != nil && s.Config.EvalSamples == n
		}
		row(fmt.Sprintf("held-out loss at step %d", step),
			func(i int) string { return fmt.Sprintf("%.5g", *found[i][step].HeldOutLoss) })
		if fid {
			row(fmt.Sprintf("FID of %d samples at step %d", n, step),
				func(i int) string { return fmt.Sprintf("%.4g", *found[i][step].FID) })
		}
		return nil
	}
	return nil
}
