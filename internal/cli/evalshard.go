package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
)

// request is what shards of one judgement have in common, kept beside their features: all that merge needs to go on.
type request struct {
	Metric    string        `json:"metric"`
	Own       metricOptions `json:"options"`
	Features  string        `json:"features"`
	Mode      string        `json:"mode,omitempty"`
	Weights   string        `json:"weights,omitempty"`
	Seed      int64         `json:"seed"`
	Reference string        `json:"reference,omitempty"`
	Limit     int           `json:"reference_n,omitempty"`
	Home      *home         `json:"home,omitempty"`
	Tiles     []int         `json:"tiles,omitempty"` // of the reference
	Range     string        `json:"range,omitempty"` // of the reference
	Size      [3]int        `json:"size"`
	Samples   Samples       `json:"samples"`
	Store     eval.About    `json:"store"`
}

const requestName = "request.json"

// keepRequest writes beside the features of samples what they are for, and tells the most evaluations that a batch of
// them took.
func (o *evalOptions) keepRequest(m metric, store *eval.Store, of *judged, reference *side) (nfe int, err error) {
	r := request{Metric: m.name, Own: o.own, Features: o.features, Mode: o.mode, Weights: o.weights, Seed: o.seed, Reference: reference.name, Limit: reference.count,
		Home: of.home, Tiles: o.tiles, Range: o.others, Size: of.size, Samples: of.about(o), Store: store.About}
	if _, err := os.Lstat(filepath.Join(store.Dir, requestName)); err == nil {
		was, err := readRequest(store.Dir)
		if err != nil || was.Metric == "" {
			return 0, usagef("%s is there, and no request of amgen; move it away, or give another --store", filepath.Join(store.Dir, requestName))
		}
		if was.Samples.Hash == r.Samples.Hash {
			r.Samples.NFE = was.Samples.NFE
		}
	}
	if r.Samples.NFE, err = evaluations(store, r.Samples.NFE); err != nil {
		return 0, err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return 0, fmt.Errorf("encode request: %w", err)
	}
	if err := replaceText(filepath.Join(store.Dir, requestName), append(text, '\n')); err != nil {
		return 0, err
	}
	return r.Samples.NFE, nil
}

// evaluations are the most that a batch of the images took. Their features tell; those that a former version kept don't,
// for them it is what was noted.
func evaluations(store *eval.Store, noted int) (int, error) {
	nfe, all, err := store.NFE()
	if !all {
		nfe = max(nfe, noted)
	}
	return nfe, err
}

func newMerge(std streams) *cobra.Command {
	o := &evalOptions{}
	cmd := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Judge by the features that shards have computed",
		Long: "merge brings together what processes with --shard computed, in one directory or several, and judges as they were asked to.\n" +
			"The value is, to the last bit, that of one process. It says which images are missing.",
		Example: "  amgen eval fid --run runs/first -n 50000 --shard 0/2 --store a    # on one machine\n" +
			"  amgen eval fid --run runs/first -n 50000 --shard 1/2 --store b    # on another\n" +
			"  amgen eval merge a b",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, dirs []string) error { return o.merge(cmd.Context(), dirs, std) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.offline, "offline", false, "never use the network")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	f.StringVar(&o.backend, "backend", defaultBackend, backendHelp())
	return cmd
}

// merge judges by the features in some directories. It changes none of them.
func (o *evalOptions) merge(ctx context.Context, dirs []string, std streams) error {
	began := time.Now()
	r, err := readRequests(dirs)
	if err != nil {
		return err
	}
	m, err := metricNamed(r.Metric)
	if err != nil {
		return err
	}
	o.own, o.features, o.mode, o.weights, o.seed, o.tiles = r.Own, r.Features, r.Mode, r.Weights, r.Seed, r.Tiles
	o.others = r.Range
	if err := o.parseRanges(); err != nil {
		return err
	}
	samples := featured{name: r.Samples.Source, hash: r.Samples.Hash, count: r.Store.Count,
		store: &eval.Store{Dir: dirs[0], Others: dirs[1:], About: r.Store}}
	reference := &side{}
	if !m.alone {
		if reference, err = o.as(referenceRole).openSide(ctx, r.Reference, r.Limit, r.Home, std); err != nil {
			return err
		}
	}
	j := judge{o: o, metric: m, std: std}
	if j.engine, err = openEngine(o.backend, 1, std); err != nil {
		return err
	}
	defer j.engine.Backend.Finalize()
	if j.net, j.mode, err = o.openNetwork(ctx, j.engine.Backend, r.Size, std); err != nil {
		return err
	}
	compared, err := j.featuresOf(ctx, reference, eval.Shard{})
	if err != nil {
		return err
	}
	report, err := j.report(ctx, samples, compared, r.Samples)
	if err != nil {
		return err
	}
	report.ReferenceWeightedBy = reference.weightedBy
	if report.Samples.NFE, err = evaluations(samples.store, r.Samples.NFE); err != nil {
		return err
	}
	report.Seconds = time.Since(began).Seconds()
	return o.record(report, std)
}

// readRequests reads what directories were filled for, which must be one thing.
func readRequests(dirs []string) (request, error) {
	var first request
	for i, dir := range dirs {
		r, err := readRequest(dir)
		if err != nil {
			return first, err
		}
		if i == 0 {
			first = r
		}
		nfe := max(first.Samples.NFE, r.Samples.NFE)
		first.Samples.NFE, r.Samples.NFE = nfe, nfe
		if unlike := differences(first, r); len(unlike) > 0 {
			return first, fmt.Errorf("%s and %s hold features of different requests: %s", dirs[0], dir, strings.Join(unlike, ", "))
		}
	}
	return first, nil
}

func readRequest(dir string) (r request, err error) {
	text, err := readSmall(filepath.Join(dir, requestName))
	if err != nil {
		return r, usagef("%s holds no features: %v; give directories that --shard printed", dir, err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w; compute the shard again", filepath.Join(dir, requestName), err)
	}
	const mostDim = 1 << 24
	if s := r.Store; s.Count < 1 || s.Count > mostSamples || s.Dim < 1 || s.Dim > mostDim || s.Classes < 0 || s.Classes > mostDim || slices.Max(r.Size[:]) > mostDim || slices.Min(r.Size[:]) < 1 {
		return r, fmt.Errorf("%s: numbers that no request has (%d images of %v, %d features); compute the shard again", filepath.Join(dir, requestName), s.Count, r.Size, s.Dim)
	}
	return r, nil
}
