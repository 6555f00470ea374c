package evaluate

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// statisticsOptions are the flags of stats: those of fid without a reference, and the file to write.
type statisticsOptions struct {
	metricOptions
	out string
}

// newStatistics is the command that writes the mean and the covariance of features.
func newStatistics(std term.Streams) *cobra.Command {
	m, err := eval.MetricByName("fid")
	if err != nil {
		panic(err) // its name is fixed
	}
	m.Alone, m.Settings = true, nil
	o := &statisticsOptions{}
	cmd := &cobra.Command{
		Use: "stats", Short: "Write the mean and the covariance of features, which fid compares",
		Long: "Write a .npz with mu, the mean of features, and sigma, their covariance, in float64. `amgen eval fid " +
			"--reference FILE.npz` reads it, and so do pytorch-fid, clean-fid and other programs. Images are " +
			"compared in the features of " + features.FID + " unless --features says otherwise.",
		Example: "  amgen eval stats --samples cifar10:train -o cifar10.npz\n" +
			"  amgen eval stats --run runs/first -n 10000 --features lenet-mnist -o digits.npz\n" +
			"  amgen eval fid --run runs/first --features lenet-mnist --reference digits.npz",
		Args:    cobra.NoArgs,
		PreRunE: flags.CheckSolver("n", "batch", "steps", "rtol", "atol", "sigma", flags.AverageFlag),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), m, std) },
	}
	o.bind(cmd.Flags(), m, func(f *pflag.FlagSet) {
		f.StringVarP(&o.out, "output", "o", "", "`FILE` .npz to write (required)")
	})
	return cmd
}

func (o *statisticsOptions) execute(ctx context.Context, m eval.Metric, std term.Streams) error {
	if err := o.checkOutput(); err != nil {
		return err
	}
	e, _, err := o.validate(m)
	if err != nil {
		return err
	}
	samples, err := o.openSamples(ctx, e, std)
	if err != nil {
		return err
	}
	defer samples.close()
	asked := o.features
	if asked == featuresAuto && samples.set.Points == nil {
		asked = features.FID
	}
	if e.features, err = e.chosenFeatures(asked, samples, "", nil, std); err != nil {
		return err
	}
	if err := e.match(samples.set, nil); err != nil {
		return err
	}
	judge, err := e.judge(ctx, samples, nil, std)
	if err != nil {
		return err
	}
	of, err := judge.Reference(ctx, samples.set)
	if err != nil {
		return err
	}
	g := of.Gaussian()
	write := func(w io.Writer) error { return arrayfile.WriteGaussian(w, g) }
	if err := replace.Output(o.out, write); err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "eval: mean and covariance of %d samples of %s, %d features by %s\n", samples.set.Count,
		samples.set.Name, g.Dim(), e.features)
	return term.PrintLine(std.Out, o.out)
}

// checkOutput checks, before anything is computed, that the file can be written.
func (o *statisticsOptions) checkOutput() error {
	switch {
	case o.out == "":
		return flags.Usagef("no file to write to; pass -o FILE.npz")
	case !strings.EqualFold(filepath.Ext(o.out), ".npz") && !files.IsSpecial(o.out):
		return flags.Usagef("-o %s: statistics are a .npz; call it FILE.npz", o.out)
	}
	if err := files.CheckPlace(o.out, run.Config{}); err != nil {
		return err
	}
	return files.CheckLinks("-o", o.out)
}
