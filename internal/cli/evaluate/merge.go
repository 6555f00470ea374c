package evaluate

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

// mergeOptions are the flags of `amgen eval merge`.
type mergeOptions struct {
	json    bool
	backend string
}

func newMerge(std term.Streams) *cobra.Command {
	o := &mergeOptions{}
	cmd := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Compute a metric from the features that shards have computed",
		Long: "Compute the metric that processes with --shard were started for, from the features that they " +
			"computed, in one directory or several. The value is that of a single process, bit for bit. If images " +
			"are missing, the error names them.",
		Example: "  amgen eval fid --run runs/first -n 50000 --shard 0/2 --store a    # on one machine\n" +
			"  amgen eval fid --run runs/first -n 50000 --shard 1/2 --store b    # on another\n" +
			"  amgen eval merge a b",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, dirs []string) error { return o.execute(cmd.Context(), dirs, std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.BindJSON(f, &o.json)
	flags.BindBackend(f, &o.backend)
	return cmd
}

// execute computes the metric from the features in some directories. It changes none of them.
func (o *mergeOptions) execute(ctx context.Context, dirs []string, std term.Streams) error {
	began := time.Now()
	r, err := readRequests(dirs)
	if err != nil {
		return err
	}
	e, err := o.evaluation(r)
	if err != nil {
		return err
	}
	store, err := eval.OpenShards(dirs, r.Store.Count)
	if err != nil {
		return err
	}
	samples := &sampleSource{data: r.Data, set: &eval.Set{Name: r.Samples.Source, Hash: r.Samples.Hash,
		Count: r.Store.Count, Features: store, Height: r.Size[0], Width: r.Size[1], Channels: r.Size[2],
		Origin: r.Samples, Labels: r.Labels}}
	defer samples.close()
	var reference *eval.Set
	if !e.metric.Alone {
		at, err := e.findSet(referenceRole, r.Reference, r.Limit, r.Data)
		if err != nil {
			return err
		}
		if reference, err = at.open(ctx, std); err != nil {
			return err
		}
	}
	if err := e.match(samples.set, reference); err != nil {
		return err
	}
	judge, err := e.judge(ctx, samples, reference, std)
	if err != nil {
		return err
	}
	of, err := judge.Samples(ctx, samples.set)
	if err != nil {
		return err
	}
	of.NFE = evaluations(of, r.Samples.NFE, true)
	return e.report(ctx, judge, of, reference, began, std)
}

// evaluation is what a request asks for.
func (o *mergeOptions) evaluation(r request) (e evaluation, err error) {
	e = evaluation{own: r.Own, features: r.Features, mode: r.Mode, weights: r.Weights, seed: r.Seed, tiles: r.Tiles,
		others: r.Range, backend: o.backend, json: o.json}
	if r.Counted {
		e.referenceN = r.Limit
	}
	if e.metric, err = eval.MetricByName(r.Metric); err != nil {
		return e, err
	}
	e.ranges, err = parseRanges("", r.Range)
	return e, err
}
