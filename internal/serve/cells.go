package serve

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run/cells"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/summary"
)

// Pictures of runs on points, besides samples.
const (
	showWays   = "ways"   // of points from the source through the times
	showGrowth = "growth" // of measured cells, of a run that learned it
)

// shows are the pictures that can be drawn of a run.
func shows(s summary.Summary) []string {
	list := []string{}
	if s.State == summary.Damaged || s.Saved == 0 || !s.Config.Points() {
		return list
	}
	list = append(list, showWays)
	objective, err := flows.ObjectiveByName(s.Config.Objective, flows.ObjectiveSettings{})
	if err == nil && objective.Motion().Growth && science.HasSnapshots(s.Config.Dataset) {
		list = append(list, showGrowth)
	}
	return list
}

// ways draws the points on their ways, over the data of all times.
func (r result) ways() ([]byte, error) {
	picture, err := r.samples.Trajectories(draw.Layout{Seed: r.seed})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = imaging.EncodePNG(&text, picture)
	return text.Bytes(), err
}

// growth is a PNG of the measured cells of a run, coloured by how fast they multiply or die.
func (s *Server) growth(ctx context.Context, a ask) ([]byte, origin, error) {
	t, err := s.find(ctx, a)
	if err != nil {
		return nil, origin{}, err
	}
	r, err := t.Open(ctx)
	if err != nil {
		return nil, origin{}, err
	}
	defer r.Close()
	measured, err := cells.Of(ctx, r)
	if err != nil {
		return nil, origin{}, err
	}
	found, err := measured.Growth(ctx)
	if err != nil {
		return nil, origin{}, err
	}
	dir, err := os.MkdirTemp("", "amgen-serve-")
	if err != nil {
		return nil, origin{}, fmt.Errorf("growth: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "growth.png")
	if err := found.Picture(path, nil); err != nil {
		return nil, origin{}, err
	}
	data, err := os.ReadFile(path)
	return data, origin{t.Dir, r.Step}, err
}
