package evaluate

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

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/internal/cli/featurestore"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/jsondiff"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run/draw"
)

// request is what the shards of one evaluation have in common, kept beside their features: all that merge needs.
type request struct {
	Metric    string       `json:"metric"`
	Own       eval.Options `json:"options"`
	Features  string       `json:"features"`
	Mode      string       `json:"mode,omitempty"`
	Weights   string       `json:"weights,omitempty"`
	Seed      int64        `json:"seed"`
	Reference string       `json:"reference,omitempty"`
	Limit     int          `json:"reference_n,omitempty"`
	Counted   bool         `json:"reference_n_asked,omitempty"` // by the user
	Data      *runData     `json:"home,omitempty"`
	Tiles     []int        `json:"tiles,omitempty"` // of the reference
	Range     string       `json:"range,omitempty"` // of the reference
	Size      [3]int       `json:"size"`
	Samples   eval.Origin  `json:"samples"`
	Store     struct {
		Count int `json:"count"` // of images; what their features are of is told by the store itself
	} `json:"store"`
}

// fillShard computes the features of a shard, and prints their directory.
func (o *metricOptions) fillShard(ctx context.Context, m eval.Metric, samples *sampleSource, reference string,
	std term.Streams) error {
	set := samples.set
	switch {
	case set.Images == nil:
		return flags.Usagef("--shard is for images, and %s has none; leave --shard out", set.Name)
	case set.Weights != nil:
		return flags.Usagef("--shard needs samples of equal weight, and %s has %s; leave --shard out", set.Name,
			set.WeightedBy)
	}
	judge, err := o.judge(ctx, m, samples, nil, std)
	if err != nil {
		return err
	}
	of, err := judge.Fill(ctx, set, o.part)
	if err != nil {
		return err
	}
	if _, err := o.keepRequest(m, of, samples, reference); err != nil {
		return err
	}
	for _, note := range set.Notes {
		fmt.Fprintf(std.Err, "eval: %s: %s\n", set.Name, note)
	}
	fmt.Fprintf(std.Err, "eval: this was shard %s; when all are computed, pass their directories to `amgen "+
		"eval merge`\n", o.shard)
	return term.PrintLine(std.Out, of.Store.Dir)
}

// keepRequest writes the request beside the features of samples, and returns the largest number of evaluations that a
// sample took.
func (o *metricOptions) keepRequest(m eval.Metric, of *eval.Features, samples *sampleSource, reference string) (nfe int,
	err error) {
	set := of.Set
	r := request{Metric: m.Name, Own: o.own, Features: o.features, Mode: o.mode, Weights: o.weights, Seed: o.seed,
		Reference: reference, Counted: o.referenceN > 0, Data: samples.data, Tiles: o.tiles, Range: o.others,
		Size: [3]int{set.Height, set.Width,
			set.Channels},
		Samples: set.Reported()}
	if !m.Alone {
		r.Limit = o.referenceLimit(m, set.Count)
	}
	r.Store.Count = set.Count
	file := filepath.Join(of.Store.Dir, featurestore.RequestName)
	if _, err := os.Lstat(file); err == nil {
		was, err := readRequest(of.Store.Dir)
		if err != nil || was.Metric == "" {
			return 0, flags.Usagef("%s wasn't written by amgen; move it away, or give another --store", file)
		}
		if was.Samples.Hash == r.Samples.Hash {
			r.Samples.NFE = was.Samples.NFE
		}
	}
	r.Samples.NFE = evaluations(of, r.Samples.NFE, o.shard == "")
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return 0, fmt.Errorf("encode request: %w", err)
	}
	return r.Samples.NFE, replace.Text(file, append(text, '\n'))
}

// evaluations is the largest number of evaluations that an image took. Features of earlier versions of amgen don't have
// it; then it is the noted one.
func evaluations(of *eval.Features, noted int, all bool) int {
	if all && of.Told {
		return of.NFE
	}
	return max(of.NFE, noted)
}

func newMerge(std term.Streams) *cobra.Command {
	o := &metricOptions{}
	cmd := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Compute a metric from the features that shards have computed",
		Long: "Combine the features that processes with --shard computed, in one directory or several, into the " +
			"metric that they were asked for. The value is that of a single process, bit for bit. If images are " +
			"missing, the error names them.",
		Example: "  amgen eval fid --run runs/first -n 50000 --shard 0/2 --store a    # on one machine\n" +
			"  amgen eval fid --run runs/first -n 50000 --shard 1/2 --store b    # on another\n" +
			"  amgen eval merge a b",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, dirs []string) error { return o.merge(cmd.Context(), dirs, std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.json, "json", false, flags.JSONHelp)
	f.BoolVar(&o.offline, "offline", false, flags.OfflineHelp)
	f.StringVar(&o.Backend, "backend", engine.Auto, flags.BackendHelp())
	return cmd
}

// merge computes the metric from the features in some directories. It changes none of them.
func (o *metricOptions) merge(ctx context.Context, dirs []string, std term.Streams) error {
	began := time.Now()
	r, err := readRequests(dirs)
	if err != nil {
		return err
	}
	m, err := eval.MetricByName(r.Metric)
	if err != nil {
		return err
	}
	if err := o.adopt(r); err != nil {
		return err
	}
	store, err := eval.OpenShards(dirs, r.Store.Count)
	if err != nil {
		return err
	}
	samples := &sampleSource{data: r.Data, set: &eval.Set{Name: r.Samples.Source, Hash: r.Samples.Hash,
		Count: r.Store.Count, Features: store, Height: r.Size[0], Width: r.Size[1], Channels: r.Size[2],
		Origin: r.Samples}}
	defer samples.close()
	var reference *eval.Set
	if !m.Alone {
		at, err := o.findSet(referenceRole, r.Reference, r.Limit, r.Data)
		if err != nil {
			return err
		}
		if reference, err = at.open(ctx, std); err != nil {
			return err
		}
	}
	if err := m.Match(samples.set, reference, o.own, features.NetworkName(o.features), o.mode); err != nil {
		return inFlags(err)
	}
	judge, err := o.judge(ctx, m, samples, reference, std)
	if err != nil {
		return err
	}
	of, err := judge.Samples(ctx, samples.set)
	if err != nil {
		return err
	}
	of.NFE = evaluations(of, r.Samples.NFE, true)
	report, err := compareWith(ctx, judge, of, reference)
	if err != nil {
		return err
	}
	report.Seconds = time.Since(began).Seconds()
	return o.record(report, std)
}

// adopt makes the options those of a request.
func (o *metricOptions) adopt(r request) error {
	o.own, o.features, o.mode, o.weights = r.Own, r.Features, r.Mode, r.Weights
	o.seed, o.tiles, o.others = r.Seed, r.Tiles, r.Range
	if r.Counted {
		o.referenceN = r.Limit
	}
	return o.parseRanges()
}

// readRequests reads the requests of directories, which must agree.
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
		if unlike := jsondiff.Values(first, r); len(unlike) > 0 {
			return first, fmt.Errorf("%s and %s hold features of different requests: %s", dirs[0], dir,
				strings.Join(unlike, ", "))
		}
	}
	return first, nil
}

func readRequest(dir string) (r request, err error) {
	text, err := readSmall(filepath.Join(dir, featurestore.RequestName))
	if err != nil {
		return r, flags.Usagef("%s holds no features: %v; give directories that --shard printed", dir, err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w; compute the shard again", filepath.Join(dir, featurestore.RequestName), err)
	}
	const mostSide = 1 << 24
	if n := r.Store.Count; n < 1 || n > draw.MostSamples || slices.Max(r.Size[:]) > mostSide || slices.Min(r.Size[:]) < 1 {
		return r, fmt.Errorf("%s: impossible numbers (%d images of %v); compute the shard again",
			filepath.Join(dir, featurestore.RequestName), n, r.Size)
	}
	return r, nil
}
