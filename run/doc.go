// Package run has what a training run is: its configuration, its directory, and the trained model in it. The command
// amgen is a layer over it, so a Go program opens what the command wrote, and the other way round.
//
//	r, err := run.Open(ctx, "runs/00001-mnist-am", run.Options{})
//	if err != nil {
//		return err
//	}
//	defer r.Close()
//	samples, err := draw.Collect(draw.Draw(ctx, r, draw.Options{N: 64, Seed: 7}))
//	if err != nil {
//		return err
//	}
//	grid, err := samples.Picture(draw.Layout{}) // an image.Image
//
// Training takes three steps. [Preset] makes a [Config] with the defaults of a data set and a network. [Config.Resolve]
// makes a [Plan] of it, once: it validates, settles what was left open, and opens what has to be known of the data.
// Train of package run/train trains the plan in a [Dir].
//
// Errors about settings are of type [ConfigError] and call settings by their keys in config.toml. Package run/draw
// draws samples and shows them.
package run
