// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import ChatServer

@Suite struct PrometheusTextTests {
    private func text(_ families: MetricFamily...) -> String { String(buffer: PrometheusText.encode(families)) }

    @Test func numbers() {
        let text = self.text(
            MetricFamily("b_total", .counter, "How many.", 3),
            MetricFamily("a_seconds", .gauge, "How long.", 0.25)
        )
        #expect(
            text == """
                # HELP a_seconds How long.
                # TYPE a_seconds gauge
                a_seconds 0.25
                # HELP b_total How many.
                # TYPE b_total counter
                b_total 3

                """
        )
    }

    @Test(arguments: [
        (0, "0"), (1, "1"), (-2.5, "-2.5"), (1e21, "1e+21"), (0.000_01, "1e-05"), (.infinity, "+Inf"),
        (-.infinity, "-Inf"), (.nan, "NaN"),
    ])
    func number(value: Double, text: String) {
        #expect(self.text(MetricFamily("x", .gauge, "X.", value)).hasSuffix("\nx \(text)\n"))
    }

    @Test func whatLabelsAndHelpHoldIsEscaped() {
        let sample = MetricFamily.Sample(labels: [.init("path", "C:\\ \"a\"\nb")], value: .integer(1))
        let text = self.text(MetricFamily("x", .gauge, "Two\nlines, \"quoted\", back\\slash.", samples: [sample]))
        #expect(
            text == #"""
                # HELP x Two\nlines, "quoted", back\\slash.
                # TYPE x gauge
                x{path="C:\\ \"a\"\nb"} 1

                """#
        )
    }

    @Test func distributionsAreCumulative() {
        var distribution = Distribution(bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7, .nan, .infinity] { distribution.observe(value) }
        let sample = MetricFamily.Sample(labels: [.init("loop", "0")], value: .distribution(distribution))
        let text = self.text(MetricFamily("lag_seconds", .histogram, "Lag.", samples: [sample]))
        #expect(
            text.split(separator: "\n").dropFirst(2) == [
                #"lag_seconds_bucket{loop="0",le="0.1"} 2"#,
                #"lag_seconds_bucket{loop="0",le="1"} 3"#,
                #"lag_seconds_bucket{loop="0",le="+Inf"} 4"#,
                #"lag_seconds_sum{loop="0"} 7.65"#,
                #"lag_seconds_count{loop="0"} 4"#,
            ]
        )
    }

    @Test func familiesWithoutSamplesAreLeftOut() {
        #expect(self.text(MetricFamily("x", .gauge, "X.", samples: [])).isEmpty)
    }
}
