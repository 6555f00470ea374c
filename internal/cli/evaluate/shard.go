package evaluate

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/amgen/amgen/eval"
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
	Labels    labelList    `json:"labels,omitempty"` // of a metric that needs them
	Samples   eval.Origin  `json:"samples"`
	Store     struct {
		Count int `json:"count"` // of images; what their features are of is told by the store itself
	} `json:"store"`
}

// shardOf is a part of the samples, and how it was typed.
type shardOf struct {
	text string
	part eval.Shard
}

// fillShard computes the features of a shard, and prints their directory.
func (e evaluation) fillShard(ctx context.Context, shard shardOf, samples *sampleSource, reference string,
	std term.Streams) error {
	set := samples.set
	switch {
	case set.Images == nil:
		return flags.Usagef("--shard is for images, and %s has none; leave --shard out", set.Name)
	case set.Weights != nil:
		return flags.Usagef("--shard needs samples of equal weight, and %s has %s; leave --shard out", set.Name,
			set.WeightedBy)
	}
	judge, err := e.judge(ctx, samples, nil, std)
	if err != nil {
		return err
	}
	of, err := judge.Fill(ctx, set, shard.part)
	if err != nil {
		return err
	}
	if _, err := e.keepRequest(of, samples, reference, false); err != nil {
		return err
	}
	for _, note := range set.Notes {
		fmt.Fprintf(std.Err, "eval: %s: %s\n", set.Name, note)
	}
	fmt.Fprintf(std.Err, "eval: this was shard %s; when all are computed, pass their directories to `amgen "+
		"eval merge`\n", shard.text)
	if files := (set.Count + eval.ChunkLen - 1) / eval.ChunkLen; files < shard.part.Count {
		fmt.Fprintf(std.Err, "eval: warning: the features of %d samples are kept in %s of %d each, "+
			"whatever --batch, too few for %d shards: some have nothing to compute; use at most %d\n", set.Count,
			english.Plural(files, "file", ""), eval.ChunkLen, shard.part.Count, files)
	}
	if !e.json {
		return term.PrintLine(std.Out, of.Store.Dir)
	}
	return term.PrintObject(std.Out, commandOf(e.metric.Name), struct {
		Metric  string      `json:"metric"`
		Store   string      `json:"store"`
		Shard   string      `json:"shard"`
		Samples eval.Origin `json:"samples"`
	}{e.metric.Name, of.Store.Dir, shard.text, set.Reported()})
}

// keepRequest writes the request beside the features of samples, and returns the largest number of evaluations that a
// sample took. The features are of all samples, or of a shard's.
func (e evaluation) keepRequest(of *eval.Features, samples *sampleSource, reference string, all bool) (nfe int,
	err error) {
	m := e.metric
	set := of.Set
	r := request{Metric: m.Name, Own: e.own, Features: e.features, Mode: e.mode, Weights: e.weights, Seed: e.seed,
		Reference: reference, Counted: e.referenceN > 0, Data: samples.data, Tiles: e.tiles, Range: e.others,
		Size: [3]int{set.Height, set.Width,
			set.Channels},
		Samples: set.Reported()}
	if !m.Alone {
		r.Limit = e.referenceLimit(set.Count)
	}
	if m.Labelled {
		r.Labels = set.Labels
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
	r.Samples.NFE = evaluations(of, r.Samples.NFE, all)
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return 0, fmt.Errorf("encode request: %w", err)
	}
	if len(text) > mostText {
		return 0, flags.Usagef("%s of %d samples keeps more labels than a file of requests takes, %d bytes; evaluate "+
			"fewer", m.Name, set.Count, mostText)
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
	if n := r.Store.Count; n < 1 || n > draw.MostSamples || slices.Max(r.Size[:]) > mostSide ||
		slices.Min(r.Size[:]) < 1 {
		return r, fmt.Errorf("%s: impossible numbers (%d images of %v); compute the shard again",
			filepath.Join(dir, featurestore.RequestName), n, r.Size)
	}
	return r, nil
}
