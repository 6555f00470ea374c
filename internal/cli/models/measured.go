package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
)

// plain tells whether a report is of samples in all classes, without guidance and Langevin dynamics.
func plain(report []byte) bool {
	var r struct {
		Samples struct{ Class, Guidance, Sigma json.RawMessage }
	}
	err := json.Unmarshal(report, &r)
	return err == nil && r.Samples.Class == nil && r.Samples.Guidance == nil && r.Samples.Sigma == nil
}

// mostReport bounds a report, in bytes.
const mostReport = 4 << 20

// measured is the FID of a checkpoint's power-function average, of its moving average for 0, by the report of the most
// samples; nil where the run has none of plain samples.
func measured(dir run.Dir, checkpoint string, average float64) (best *models.FID, err error) {
	entries, err := os.ReadDir(dir.File(run.EvalName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reports: %w", err)
	}
	for _, entry := range entries { // in the order of names
		var r eval.Report
		text, err := replace.ReadRegular(filepath.Join(dir.File(run.EvalName), entry.Name()), mostReport)
		if err != nil || json.Unmarshal(text, &r) != nil {
			continue // no report
		}
		of := r.Samples
		if r.Metric != "fid" || of.Weights != checkpoint || of.Raw || of.Average != average ||
			!plain(text) ||
			best != nil && best.Samples >= r.Measure.Count {
			continue
		}
		best = &models.FID{Value: r.Value, Network: r.Measure.Network, Reference: r.Measure.Reference,
			Samples: r.Measure.Count, Solver: of.Solver, NFE: of.NFE}
		if r.Stderr != nil {
			best.Stderr = *r.Stderr
		}
	}
	return best, nil
}
