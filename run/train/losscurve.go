package train

import "github.com/amgen/amgen/run/curve"

// writeLossCurve draws loss.png, of two lines of the log or more.
func writeLossCurve(path string, lines []Stat) error {
	points := make([]curve.Point, len(lines))
	for i, l := range lines {
		points[i] = curve.Point{Step: l.Step, Loss: l.Loss, HeldOut: l.HeldOutLoss, FID: l.FID}
	}
	picture, err := curve.PNG(points)
	if picture == nil || err != nil {
		return err
	}
	return replaceOwn(path, picture)
}
