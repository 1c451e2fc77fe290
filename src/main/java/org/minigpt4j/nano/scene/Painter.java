package org.minigpt4j.nano.scene;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/** Paints scenes, anti-aliased, on square pictures of {@code size} pixels. */
final class Painter {

    static final double BIG = 0.29;
    static final double SMALL = 0.19;

    private final int size;

    Painter(int size) {
        if (size < 16) {
            throw new IllegalArgumentException("a picture of " + size + " pixels shows nothing");
        }
        this.size = size;
    }

    BufferedImage paint(Scene scene) {
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(
                    RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(
                    RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            graphics.setColor(new Color(scene.ground().rgb()));
            graphics.fillRect(0, 0, size, size);
            AffineTransform picture = AffineTransform.getScaleInstance(size, size);
            for (SceneObject thing : scene.things()) {
                graphics.setTransform(picture);
                paint(graphics, thing);
            }
        } finally {
            graphics.dispose();
        }
        return image;
    }

    private static void paint(Graphics2D graphics, SceneObject thing) {
        graphics.translate(
                (thing.place().column() + 0.5 + thing.dx()) / 3,
                (thing.place().row() + 0.5 + thing.dy()) / 3);
        graphics.rotate(thing.turn());
        double side = thing.big() ? BIG : SMALL;
        graphics.scale(side, side);
        Color color = new Color(thing.tint().rgb());
        graphics.setColor(color);
        switch (thing.form()) {
            case CIRCLE -> graphics.fill(disc(1));
            case SQUARE -> graphics.fill(new Rectangle2D.Double(-0.5, -0.5, 1, 1));
            case TRIANGLE -> graphics.fill(polygon(0, -0.5, 0.5, 0.45, -0.5, 0.45));
            case STAR -> graphics.fill(star());
            case RING -> {
                Area ring = new Area(disc(1));
                ring.subtract(new Area(disc(0.55)));
                graphics.fill(ring);
            }
            case CROSS -> {
                graphics.fill(new Rectangle2D.Double(-0.5, -0.17, 1, 0.34));
                graphics.fill(new Rectangle2D.Double(-0.17, -0.5, 0.34, 1));
            }
            case CUBE -> cube(graphics, color, thing.letter());
        }
    }

    /** A cube seen from the upper right: a front with its letter, a lighter top, a darker side. */
    private static void cube(Graphics2D graphics, Color color, char letter) {
        graphics.fill(new Rectangle2D.Double(-0.5, -0.25, 0.75, 0.75));
        graphics.setColor(color.brighter());
        graphics.fill(polygon(-0.5, -0.25, -0.25, -0.5, 0.5, -0.5, 0.25, -0.25));
        graphics.setColor(color.darker());
        graphics.fill(polygon(0.25, -0.25, 0.5, -0.5, 0.5, 0.25, 0.25, 0.5));
        AffineTransform front = AffineTransform.getTranslateInstance(-0.125, 0.125);
        front.scale(0.48, 0.56);
        graphics.setColor(bright(color) ? Color.BLACK : Color.WHITE);
        graphics.setStroke(new BasicStroke(0.1f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        graphics.draw(front.createTransformedShape(LetterShapes.of(letter)));
    }

    private static boolean bright(Color color) {
        return 299 * color.getRed() + 587 * color.getGreen() + 114 * color.getBlue() > 150_000;
    }

    private static Shape disc(double diameter) {
        return new Ellipse2D.Double(-diameter / 2, -diameter / 2, diameter, diameter);
    }

    private static Shape star() {
        double[] points = new double[20];
        for (int i = 0; i < 10; i++) {
            double radius = i % 2 == 0 ? 0.55 : 0.22;
            points[2 * i] = radius * Math.sin(Math.PI * i / 5);
            points[2 * i + 1] = -radius * Math.cos(Math.PI * i / 5);
        }
        return polygon(points);
    }

    private static Shape polygon(double... points) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(points[i], points[i + 1]);
        }
        path.closePath();
        return path;
    }
}
